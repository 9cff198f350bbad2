import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { BotSummary, EmergencyName } from "@/api/types";
import { EMERGENCY_LOOKS } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { botScope, domainScope, scopeName, sentence, strategyScope } from "@/components/scopes";
import { emergencyQuery } from "../api/queries";
import { stateOf } from "../scopes";
import { Origin } from "./Abnormal";
import { EmergencyDialog } from "./EmergencyDialog";

/** Labels of the button: for NORMAL the possible change, else the present state. */
const WORDS: Record<EmergencyName, string> = {
  NORMAL: "Halt…",
  ALERT: "In alert",
  HALT: "Halted",
  SHUTDOWN: "Shut down",
};

interface Props {
  bot: BotSummary;
  strategyId?: string;
}

function ownScope({ bot, strategyId }: Props): string {
  return strategyId === undefined ? botScope(bot.id) : strategyScope(bot.id, strategyId);
}

/** State of the own scope of a bot or strategy, and the button to change it. */
export function ScopeControl(props: Props) {
  const [open, setOpen] = useState(false);
  const scope = ownScope(props);
  const item = stateOf(useQuery(emergencyQuery).data?.states, scope);
  const state = item?.state ?? "NORMAL";
  const look = EMERGENCY_LOOKS[state];
  const name = scopeName(scope, [props.bot]);
  return (
    <>
      <Button
        data-scope-control={state}
        aria-haspopup="dialog"
        aria-label={`${WORDS[state]} Emergency control of ${name}: ${state}`}
        title={`Halt ${name} alone, or let it go again`}
        className={cn(
          state === "ALERT" && "border-warn/60",
          (state === "HALT" || state === "SHUTDOWN") && "border-bad/60",
        )}
        onClick={() => setOpen(true)}
      >
        <StatusIcon look={look} className="size-4" />
        {WORDS[state]}
      </Button>
      <EmergencyDialog key={scope} open={open} onOpenChange={setOpen} preset={scope} />
    </>
  );
}

/** States below the platform that stop or slow this bot or strategy, with their reasons. */
export function ScopeNotice(props: Props) {
  const states = useQuery(emergencyQuery).data?.states;
  const path = [...new Set([domainScope(props.bot.domain), botScope(props.bot.id), ownScope(props)])];
  const found = path
    .flatMap((scope) => stateOf(states, scope) ?? [])
    .filter((item) => item.state !== "NORMAL");
  return found.map((item) => (
    <div
      key={item.scope}
      role="status"
      data-scope-notice={item.scope}
      className={cn(
        "mt-3 flex gap-2.5 rounded-xl border p-3 text-sm",
        item.state === "ALERT" ? "border-warn/35 bg-warn/8" : "border-bad/35 bg-bad/8",
      )}
    >
      <StatusIcon look={EMERGENCY_LOOKS[item.state]} className="mt-0.5 size-4" />
      <div className="min-w-0 break-words">
        <p>
          <strong className="font-semibold">
            {sentence(scopeName(item.scope, [props.bot]))} is {item.state}
          </strong>
          : {item.reason || "no reason was given"}
        </p>
        <Origin item={item} />
      </div>
    </div>
  ));
}
