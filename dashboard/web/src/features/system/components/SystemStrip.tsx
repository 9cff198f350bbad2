import { useQuery } from "@tanstack/react-query";
import { Clock, Database, ExternalLink, Server, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { systemQuery } from "@/api/queries";
import type { SystemStatus } from "@/api/types";
import { Stale } from "@/components/Notice";
import { EMERGENCY_LOOKS, TONE_TEXT, type Tone } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { Skeleton } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format";

/** Number of events from which the history lags visibly. */
const LAG_WORTH_NOTING = 2_000;

/** Status of the platform: emergency state, workers, history, schedule. */
export function SystemStrip() {
  const { data, error, dataUpdatedAt } = useQuery(systemQuery);
  return (
    <>
      {error && data && <Stale error={error} what="The platform's state" updatedAt={dataUpdatedAt} />}
      <ul
        aria-label="Platform"
        className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-line shadow-card lg:grid-cols-4"
      >
        {data ? (
          <Items system={data} />
        ) : (
          [0, 1, 2, 3].map((each) => (
            <Item
              key={each}
              icon={<Skeleton className="size-4" />}
              label=""
              value={<Skeleton className="h-4 w-24" />}
            />
          ))
        )}
      </ul>
    </>
  );
}

/** Look of an unknown status, with the server that does not answer. */
function Unknown({ icon: Icon, label, who }: { icon: LucideIcon; label: string; who: string }) {
  return (
    <Item
      icon={<Icon aria-hidden className="text-warn" />}
      label={label}
      value={`${label}: unknown`}
      note={`${who} does not answer`}
    />
  );
}

function Items({ system }: { system: SystemStatus }) {
  const emergency = EMERGENCY_LOOKS[system.emergency.state];
  return (
    <>
      <Item
        icon={<StatusIcon look={emergency} className="size-4" />}
        label="Emergency state"
        value={<span className={TONE_TEXT[emergency.tone]}>{emergency.label}</span>}
        note={system.emergency.state === "NORMAL" ? "No stop is in force" : system.emergency.reason}
      />
      <Workers workers={system.workers} flower={system.urls.flower} />
      <History system={system} />
      {system.beat.known ? (
        <Item
          icon={<Clock aria-hidden className={system.beat.leader ? "text-good" : "text-warn"} />}
          label="Schedule"
          value={
            <>
              {system.beat.leader ? "Ticking" : "No scheduler"}
              {system.beat.lastTick && (
                <span className="text-ink-faint">
                  , <Time at={system.beat.lastTick} ago />
                </span>
              )}
            </>
          }
          note={`Argosy ${system.version} · ${system.profile}`}
        />
      ) : (
        <Unknown icon={Clock} label="Schedule" who="Postgres" />
      )}
    </>
  );
}

function Workers({ workers, flower }: { workers: SystemStatus["workers"]; flower: string | null }) {
  if (workers === null) return <Unknown icon={Server} label="Workers" who="Redis" />;
  const online = workers.filter((worker) => worker.status === "online");
  const problems = workers.flatMap((worker) => worker.problems ?? []);
  const doubtful = online.length < workers.length || problems.length > 0;
  const tone: Tone = online.length === 0 ? "bad" : doubtful ? "warn" : "good";
  return (
    <Item
      icon={<Server aria-hidden className={TONE_TEXT[tone]} />}
      label="Workers"
      value={`${count(online.length)} of ${count(workers.length)} online`}
      note={
        problems.length > 0 ? (
          <span className="text-warn" title={problems.join("\n")}>
            {problems[0]}
            {problems.length > 1 && ` (and ${count(problems.length - 1)} more)`}
          </span>
        ) : flower ? (
          <a
            href={flower}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1 text-accent hover:underline"
          >
            Open Flower <ExternalLink aria-hidden className="size-3" />
          </a>
        ) : (
          "Flower is off"
        )
      }
    />
  );
}

function History({ system }: { system: SystemStatus }) {
  const { lagEvents } = system.recorder;
  if (lagEvents === null) return <Unknown icon={Database} label="History" who="Redis" />;
  if (system.silent.includes("postgres")) return <Unknown icon={Database} label="History" who="Postgres" />;
  const late = lagEvents > LAG_WORTH_NOTING;
  return (
    <Item
      icon={<Database aria-hidden className={late ? "text-warn" : "text-good"} />}
      label="History"
      value={lagEvents === 0 ? "Up to date" : `${count(lagEvents)} events behind`}
      note={late ? "The recorder is catching up" : "Every event is kept"}
    />
  );
}

function Item({
  icon,
  label,
  value,
  note,
}: {
  icon: ReactNode;
  label: string;
  value: ReactNode;
  note?: ReactNode;
}) {
  return (
    <li className="flex min-w-0 items-start gap-2.5 bg-surface px-3.5 py-3">
      <span className="mt-0.5 [&_svg]:size-4">{icon}</span>
      <div className="min-w-0">
        <p className="sr-only">{label}</p>
        <p className="figures truncate text-[13px] font-medium">{value}</p>
        <p className={cn("truncate text-xs text-ink-faint")}>{note ?? label}</p>
      </div>
    </li>
  );
}
