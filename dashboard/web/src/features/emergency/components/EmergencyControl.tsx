import { useQuery } from "@tanstack/react-query";
import { CircleDashed } from "lucide-react";
import { useState } from "react";
import { systemQuery } from "@/api/queries";
import type { EmergencyName } from "@/api/types";
import { EMERGENCY_LOOKS, type StatusLook } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { PLATFORM } from "@/live/emergency";
import { emergencyQuery } from "../api/queries";
import { abnormal, stateOf } from "../scopes";
import { Origin } from "./Abnormal";
import { EmergencyDialog } from "./EmergencyDialog";

const UNKNOWN: StatusLook = { label: "Unknown", tone: "mute", icon: CircleDashed };

/** Colours by severity; the label and the icon carry the same meaning as the colour. */
const DRESS: Record<EmergencyName, string> = {
  NORMAL: "border-line-strong/80 text-ink-soft hover:bg-raised",
  ALERT: "border-warn/60 bg-warn/14 text-warn hover:bg-warn/20",
  HALT: "border-transparent bg-halt text-white hover:bg-halt/88",
  SHUTDOWN: "border-transparent bg-grave text-white hover:bg-grave/88",
};

/** State of the platform, on every page, and the button to change it (the kill switch). */
export function EmergencyControl() {
  const [open, setOpen] = useState(false);
  const state = useQuery(systemQuery).data?.emergency.state;
  const narrower = abnormal(useQuery(emergencyQuery).data?.states).filter((each) => each.scope !== PLATFORM);
  const look = state ? EMERGENCY_LOOKS[state] : UNKNOWN;
  const more = narrower.length > 0 ? `, ${narrower.length} narrower not normal` : "";
  return (
    <>
      <Button
        data-emergency={state ?? "UNKNOWN"}
        aria-haspopup="dialog"
        aria-label={`${look.label}. Emergency control: the platform is ${state ?? "unknown"}${more}`}
        title="Emergency control"
        className={cn("rounded-full px-3", DRESS[state ?? "NORMAL"])}
        onClick={() => setOpen(true)}
      >
        <StatusIcon look={look} className={state === "NORMAL" ? "size-4" : "size-4 text-current"} />
        {look.label}
        {narrower[0] && (
          <span
            className={cn(
              "figures grid h-5 min-w-5 place-items-center rounded-full px-1 text-xs",
              state === "NORMAL" ? "bg-bad/13 text-bad" : "bg-current/15",
            )}
          >
            +{narrower.length}
          </span>
        )}
      </Button>
      <EmergencyDialog open={open} onOpenChange={setOpen} preset={PLATFORM} />
    </>
  );
}

/** Banner while the platform is not NORMAL: state, reason, actor and time. */
export function EmergencyBar() {
  const emergency = useQuery(systemQuery).data?.emergency;
  const item = stateOf(useQuery(emergencyQuery).data?.states, PLATFORM);
  if (!emergency || emergency.state === "NORMAL") return null;
  const { state, reason, epoch } = emergency;
  const Icon = EMERGENCY_LOOKS[state].icon;
  return (
    <div role="alert" data-emergency-bar={state} className={BAR[state]}>
      <div className="mx-auto flex max-w-[1680px] items-start gap-2.5 px-4 py-2 text-sm sm:px-6">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
        <p className="min-w-0 break-words">
          <strong className="font-semibold">{state}</strong>: {reason || "no reason was given"}
        </p>
        {item?.epoch === epoch && (
          <span className="ml-auto hidden shrink-0 md:block">
            <Origin item={item} plain />
          </span>
        )}
      </div>
    </div>
  );
}

const BAR = {
  ALERT: "bg-warn/15 text-warn",
  HALT: "bg-halt text-white",
  SHUTDOWN: "bg-grave text-white",
} as const;
