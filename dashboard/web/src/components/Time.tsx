import { localTime, relative, toMillis, useNow, utcTime, type Instant } from "@/lib/time";

interface Props {
  at: Instant;
  /** Shows the distance to now instead of the clock time. */
  ago?: boolean;
  /** For a future moment: once it has passed, the text is "due", not "… ago". */
  upcoming?: boolean;
  className?: string;
}

/** A time in the reader's zone, UTC on hover. */
export function Time({ at, ago = false, upcoming = false, className }: Props) {
  const now = useNow();
  const ms = toMillis(at);
  if (ms === null) return <span className={className}>–</span>;
  const hover = ago ? `${localTime(ms, now)} · ${utcTime(ms)}` : utcTime(ms);
  return (
    <time dateTime={new Date(ms).toISOString()} title={hover} className={className}>
      {upcoming && ms <= now ? "due now" : ago ? relative(ms, now) : localTime(ms, now)}
    </time>
  );
}
