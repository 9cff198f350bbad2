import type { BotSummary, EmergencyItem } from "@/api/types";
import { EMERGENCY_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { humanise } from "@/lib/format";
import { scopeName, sentence } from "@/components/scopes";
import { abnormal } from "../scopes";

interface Props {
  states: readonly EmergencyItem[] | undefined;
  bots: readonly BotSummary[] | undefined;
  /** Scope of the requests. */
  chosen: string;
  onChoose: (scope: string) => void;
}

/** Scopes that are not NORMAL, with reason, actor and time. */
export function Abnormal({ states, bots, chosen, onChoose }: Props) {
  const found = abnormal(states);
  if (found.length === 0) return null;
  return (
    <section aria-label="Not normal">
      <h3 className="mb-1.5 text-[13px] font-semibold">Not normal</h3>
      <ul className="divide-y rounded-xl border">
        {found.map((item) => (
          <li key={item.scope} data-scope={item.scope} className="flex items-start gap-3 px-3.5 py-2.5">
            <div className="min-w-0 flex-1 text-[13px]">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {sentence(scopeName(item.scope, bots))} <StatusChip look={EMERGENCY_LOOKS[item.state]} />
              </p>
              <p className="mt-0.5 break-words text-ink-soft">{item.reason || "No reason was given"}</p>
              <Origin item={item} />
            </div>
            {item.scope !== chosen && (
              <Button
                variant="ghost"
                aria-label={`Choose ${scopeName(item.scope, bots)}`}
                onClick={() => onChoose(item.scope)}
              >
                Choose
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Actor, time and cause of a state. `plain` inherits the colour of the surrounding text. */
export function Origin({ item, plain = false }: { item: EmergencyItem; plain?: boolean }) {
  if (item.at === null) {
    return (
      <p className={cn("text-xs", !plain && "text-ink-faint")}>
        Read from Redis alone: Postgres does not say by whom and since when
      </p>
    );
  }
  return (
    <p className={cn("figures text-xs", !plain && "text-ink-faint")}>
      {item.automatic ? "By itself" : `By ${item.actor}`}
      {item.cause && `, ${humanise(item.cause).toLowerCase()}`} · <Time at={item.at} /> (
      <Time at={item.at} ago />)
      {item.clearsAt && (
        <>
          {" "}
          · may clear <Time at={item.clearsAt} ago upcoming />
        </>
      )}
      {item.flatten && item.state === "SHUTDOWN" && " · positions are sold"}
      {item.armedFor && ` · armed for ${item.armedFor}`}
    </p>
  );
}
