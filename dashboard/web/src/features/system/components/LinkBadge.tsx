import { CloudOff, PauseCircle, Radio, RefreshCw } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useLink, useLive } from "@/live/hooks";
import { localTime, relative, useNow, utcTime } from "@/lib/time";

/** Badge of the live connection. When it is down: the age of the view, and the time of the next attempt. */
export function LinkBadge() {
  const link = useLink();
  const now = useNow();
  const { socket } = useLive();
  if (link.refusal) {
    return <Badge tone="bad" icon={<CloudOff />} label="Not followed" title={link.refusal.message} />;
  }
  if (link.status === "live" && link.stalledSince !== null) {
    return (
      <Badge
        tone="warn"
        icon={<CloudOff />}
        label={
          <>
            Stalled
            <span className="hidden sm:inline"> · stale since {localTime(link.stalledSince, now)}</span>
          </>
        }
        title={`The server cannot read the events: Redis does not answer. Data as of ${utcTime(link.stalledSince)}`}
      />
    );
  }
  if (link.status === "live") {
    const title =
      link.coalesced > 0
        ? `Live. ${link.coalesced} events were merged because this browser was slow.`
        : "Every change arrives as it happens";
    return <Badge tone="good" icon={<Radio />} label="Live" title={title} />;
  }
  if (link.status === "paused")
    return <Badge tone="mute" icon={<PauseCircle />} label="Paused" title="The tab was hidden" />;
  if (link.status === "reconnecting") {
    const since = link.heardAt === null ? "" : ` · stale since ${localTime(link.heardAt, now)}`;
    const next =
      link.retryAt !== null && link.retryAt > now
        ? `, next try ${relative(link.retryAt, now)}`
        : ", trying now";
    return (
      <span className="inline-flex items-center gap-1">
        <Badge
          tone="warn"
          icon={<RefreshCw className="animate-spin" />}
          label={
            <>
              Reconnecting<span className="hidden sm:inline">{since}</span>
            </>
          }
          title={`Data as of ${utcTime(link.heardAt)}${next}`}
        />
        <Button variant="ghost" onClick={() => socket.retryNow()}>
          Retry
        </Button>
      </span>
    );
  }
  return <Badge tone="mute" icon={<Radio />} label="Connecting…" title="Opening the live connection" />;
}

const TONES = {
  good: "text-good",
  warn: "bg-warn/14 text-warn",
  bad: "bg-bad/13 text-bad",
  mute: "text-ink-faint",
} as const;

function Badge({
  tone,
  icon,
  label,
  title,
}: {
  tone: keyof typeof TONES;
  icon: React.ReactNode;
  label: React.ReactNode;
  title: string;
}) {
  return (
    <span
      role="status"
      data-link={tone}
      title={title}
      className={cn(
        "inline-flex h-8 items-center gap-1.5 rounded-full px-2.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5",
        TONES[tone],
      )}
    >
      {icon}
      {label}
    </span>
  );
}
