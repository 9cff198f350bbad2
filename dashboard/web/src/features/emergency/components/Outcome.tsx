import { CircleAlert, CircleX } from "lucide-react";
import { ApiError } from "@/api/client";
import type { BotSummary, EmergencyAnswer } from "@/api/types";
import { EMERGENCY_LOOKS } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { count } from "@/lib/format";
import { scopeName, sentence } from "@/components/scopes";

/** Result of a change, with the figures of the server. */
export function Outcome({
  answer,
  bots,
}: {
  answer: EmergencyAnswer;
  bots: readonly BotSummary[] | undefined;
}) {
  const name = sentence(scopeName(answer.scope, bots));
  const stops = answer.state === "HALT" || answer.state === "SHUTDOWN";
  return (
    <div
      role="status"
      data-outcome={answer.state}
      className="flex gap-2.5 rounded-xl border bg-raised p-3.5 text-sm"
    >
      <StatusIcon look={EMERGENCY_LOOKS[answer.state]} className="mt-0.5 size-4" />
      <div className="min-w-0 space-y-1">
        <p className="font-medium">
          {name} {answer.changed ? "is" : "was already"} {answer.state}
          {answer.before !== answer.state && ` (was ${answer.before})`}
        </p>
        <p className="figures text-xs text-ink-faint">
          Epoch {answer.epoch}, <Time at={answer.at} />
          {/* Without Postgres the number of actions in flight is unknown. */}
          {stops &&
            answer.recorded &&
            (answer.inFlight === 0 ? " · no action is in flight" : ` · ${inFlight(answer.inFlight)}`)}
        </p>
        {answer.requested && (
          <Doubt>{`${answer.state} forbids more than ${answer.requested}: it stays. Only a resume lowers a state.`}</Doubt>
        )}
        {!answer.recorded && (
          <Doubt>
            Postgres could not be updated yet. Redis already stops every bot; Postgres is updated
            automatically.
          </Doubt>
        )}
        {!answer.flagged && (
          <Doubt>
            Redis could not be updated yet. No action that adds risk can begin until it is updated.
          </Doubt>
        )}
      </div>
    </div>
  );
}

function inFlight(actions: number): string {
  return `${count(actions)} ${actions === 1 ? "action" : "actions"} begun before without an answer yet`;
}

function Doubt({ children }: { children: string }) {
  return (
    <p className="flex items-start gap-1.5 text-xs text-warn">
      <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" /> {children}
    </p>
  );
}

/** Notice of a refused change: the obstacles and the remedy. */
export function Refusal({ error }: { error: Error }) {
  const { found, remedy } = error instanceof ApiError ? error : { found: null, remedy: null };
  return (
    <div role="alert" className="flex gap-2.5 rounded-xl border border-bad/35 bg-bad/5 p-3.5 text-sm">
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 space-y-1 break-words">
        <p className="font-medium">{sentence(error.message)}</p>
        {found && (
          <ul className="list-inside list-disc text-[13px] text-ink-soft">
            {found.split("; ").map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        )}
        {remedy && <p className="text-[13px] text-ink-faint">{sentence(remedy)}</p>}
      </div>
    </div>
  );
}
