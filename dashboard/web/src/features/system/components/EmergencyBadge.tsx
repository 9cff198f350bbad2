import { useQuery } from "@tanstack/react-query";
import { EMERGENCY_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { systemQuery } from "../api/queries";

/** The platform's emergency state, in sight on every page; a bar across the page while it is not normal. */
export function EmergencyBadge() {
  const { data } = useQuery(systemQuery);
  if (!data) return null;
  const look = EMERGENCY_LOOKS[data.emergency.state];
  return <StatusChip look={look} label={data.emergency.state} className="hidden sm:inline-flex" />;
}

export function EmergencyBar() {
  const { data } = useQuery(systemQuery);
  if (!data || data.emergency.state === "NORMAL") return null;
  const look = EMERGENCY_LOOKS[data.emergency.state];
  const Icon = look.icon;
  return (
    <div role="alert" className={look.tone === "warn" ? "bg-warn/15 text-warn" : "bg-bad/15 text-bad"}>
      <p className="mx-auto flex max-w-[1680px] items-center gap-2 px-4 py-2 text-sm font-medium sm:px-6">
        <Icon aria-hidden className="size-4 shrink-0" />
        {data.emergency.state}: {data.emergency.reason || "no reason was given"}
      </p>
    </div>
  );
}
