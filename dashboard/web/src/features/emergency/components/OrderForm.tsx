import { ChevronDown, CircleAlert, LoaderCircle, OctagonX, Play, Power } from "lucide-react";
import { useId, type RefObject } from "react";
import type { BotSummary, EmergencyItem } from "@/api/types";
import { EMERGENCY_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { Button } from "@/components/ui/button";
import { scopeName } from "@/components/scopes";
import { cn } from "@/lib/cn";
import type { EmergencyOrder } from "../api/queries";
import { scopeGroups } from "../scopes";

type Simple = { what: "halt" | "alert" } | { what: "resume"; to: "NORMAL" | "ALERT" };

interface Props {
  scope: string;
  reason: string;
  bots: readonly BotSummary[] | undefined;
  /** State of the scope itself; absent if it was never anything but NORMAL. */
  item: EmergencyItem | undefined;
  pending: EmergencyOrder["what"] | null;
  haltRef: RefObject<HTMLButtonElement | null>;
  onScope: (scope: string) => void;
  onReason: (reason: string) => void;
  onOrder: (asked: Simple) => void;
  onPlan: () => void;
}

const FIELD =
  "h-10 w-full rounded-lg border border-line-strong/80 bg-surface px-3 text-sm text-ink disabled:opacity-45";

/** Form with scope, reason, and the changes that the scope's state allows. */
export function OrderForm(props: Props) {
  const { scope, reason, bots, item, pending, haltRef } = props;
  const id = useId();
  const state = item?.state ?? "NORMAL";
  const stopped = state === "HALT" || state === "SHUTDOWN";
  const ready = reason.trim() !== "" && pending === null;
  const groups = scopeGroups(bots ?? []);
  const listed = groups.some((group) => group.scopes.some((each) => each.scope === scope));
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !stopped) props.onOrder({ what: "halt" });
      }}
    >
      <div className="space-y-1">
        <div className="flex items-center justify-between gap-2">
          <label htmlFor={`${id}-scope`} className="text-xs text-ink-faint">
            What
          </label>
          <StatusChip look={EMERGENCY_LOOKS[state]} />
        </div>
        <div className="relative">
          <select
            id={`${id}-scope`}
            value={scope}
            onChange={(event) => props.onScope(event.target.value)}
            className={cn(FIELD, "appearance-none pr-9")}
          >
            {!listed && <option value={scope}>{scopeName(scope, bots)}</option>}
            {groups.map((group) => (
              <optgroup key={group.label} label={group.label}>
                {group.scopes.map((each) => (
                  <option key={each.scope} value={each.scope}>
                    {each.name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-3 right-3 size-4 text-ink-faint"
          />
        </div>
      </div>
      <div className="space-y-1">
        <label htmlFor={`${id}-reason`} className="text-xs text-ink-faint">
          Why (kept in the audit log)
        </label>
        <input
          id={`${id}-reason`}
          value={reason}
          required
          maxLength={2000}
          autoComplete="off"
          onChange={(event) => props.onReason(event.target.value)}
          className={FIELD}
        />
      </div>
      {!stopped && (
        <Button
          ref={haltRef}
          type="submit"
          variant="danger"
          size="lg"
          className="w-full"
          disabled={!ready}
          title="No new risk; risk-increasing orders are cancelled; reducing stays possible"
        >
          {pending === "halt" ? <LoaderCircle className="animate-spin" /> : <OctagonX />}
          {pending === "halt" ? "Halting…" : `Halt ${scopeName(scope, bots)}`}
        </Button>
      )}
      {state !== "NORMAL" && (
        <Button
          variant={stopped ? "primary" : "outline"}
          size={stopped ? "lg" : "md"}
          className="w-full"
          disabled={!ready}
          onClick={() => props.onOrder({ what: "resume", to: "NORMAL" })}
        >
          {pending === "resume" ? <LoaderCircle className="animate-spin" /> : <Play />}
          {pending === "resume" ? "Comparing with the venues…" : "Resume"}
        </Button>
      )}
      <div className="grid grid-cols-2 gap-2">
        <Button
          size="md"
          disabled={!ready || state === "ALERT" || state === "SHUTDOWN"}
          title="New positions at half their size, or at the share that is set"
          onClick={() => props.onOrder(stopped ? { what: "resume", to: "ALERT" } : { what: "alert" })}
        >
          {pending === "alert" ? (
            <LoaderCircle className="animate-spin" />
          ) : (
            <CircleAlert className="text-warn" />
          )}
          {stopped ? "Resume as alert" : "Alert"}
        </Button>
        <Button
          size="md"
          disabled={!ready || state === "SHUTDOWN"}
          title="Stop everything, in two steps"
          onClick={props.onPlan}
        >
          <Power className="text-bad" /> Shut down…
        </Button>
      </div>
    </form>
  );
}
