import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import type { BotSummary, EmergencyChange } from "@/api/types";
import { EMERGENCY_LOOKS, TONE_TEXT } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { Skeleton } from "@/components/ui/card";
import { scopeName, sentence } from "@/components/scopes";
import { historyQuery } from "../api/queries";
import { Refusal } from "./Outcome";

/** Newest changes first. */
export function History({ bots }: { bots: readonly BotSummary[] | undefined }) {
  const { data, error } = useQuery(historyQuery);
  return (
    <section aria-label="Last changes" className="min-w-0 md:border-l md:pl-6">
      <h3 className="mb-1.5 text-[13px] font-semibold">Last changes</h3>
      {data ? (
        <ol className="space-y-3 text-[13px] md:max-h-[26rem] md:overflow-y-auto md:pr-1" tabIndex={0}>
          {data.items.map((change) => (
            <Change key={change.epoch} change={change} bots={bots} />
          ))}
          {data.items.length === 0 && <li className="text-ink-faint">None yet</li>}
        </ol>
      ) : error ? (
        <Refusal error={error} />
      ) : (
        <div className="space-y-3">
          {[0, 1, 2].map((each) => (
            <Skeleton key={each} className="h-9" />
          ))}
        </div>
      )}
    </section>
  );
}

function Change({ change, bots }: { change: EmergencyChange; bots: readonly BotSummary[] | undefined }) {
  const look = EMERGENCY_LOOKS[change.after];
  return (
    <li className="flex gap-2">
      <StatusIcon look={look} className="mt-0.5 size-4" />
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-1 font-medium">
          {sentence(scopeName(change.scope, bots))}:
          {change.before !== change.after && (
            <>
              {" "}
              <span className="font-normal text-ink-faint">{change.before}</span>
              <ArrowRight aria-label="to" className="size-3 text-ink-faint" />
            </>
          )}
          <span className={TONE_TEXT[look.tone]}>{change.after}</span>
        </p>
        <p className="break-words text-ink-soft">{change.reason}</p>
        <p className="figures text-xs text-ink-faint">
          <Time at={change.at} /> · {change.automatic ? `by itself (${change.cause})` : `by ${change.actor}`}
        </p>
        {change.report && <p className="text-xs break-words text-ink-faint">{change.report}</p>}
      </div>
    </li>
  );
}
