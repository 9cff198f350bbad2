import type { BotSummary } from "@/api/types";
import { cn } from "@/lib/cn";
import { MODES, useDomainLook } from "./domain";
import { lookOf } from "./status";
import { StatusChip } from "./StatusChip";

/** State, domain and mode of a bot. */
export function BotBadges({ bot }: { bot: Pick<BotSummary, "state" | "health" | "domain" | "mode"> }) {
  const { label, icon: Icon } = useDomainLook()(bot.domain);
  const mode = MODES[bot.mode];
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <StatusChip look={lookOf(bot)} />
      <span className="inline-flex h-6 items-center gap-1 rounded-full bg-ink/6 px-2 text-xs font-medium text-ink-soft">
        <Icon aria-hidden className="size-3.5" /> {label}
      </span>
      <span
        title={mode.hint}
        className={cn(
          "inline-flex h-6 items-center rounded-full border px-2 text-xs font-medium",
          bot.mode === "live" ? "border-brass text-brass" : "border-line-strong text-ink-faint",
        )}
      >
        {mode.label}
      </span>
    </div>
  );
}
