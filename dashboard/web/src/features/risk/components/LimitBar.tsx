import { Ban, CircleAlert, CircleCheck, CircleDashed, CircleHelp, type LucideIcon } from "lucide-react";
import type { BotSummary, RiskUse } from "@/api/types";
import { scopeName, sentence } from "@/components/scopes";
import { cn } from "@/lib/cn";
import { share } from "@/lib/format";
import { amount, bound, title, type UseState } from "../use";

const LOOKS: Record<UseState, { word: string; icon: LucideIcon; text: string; bar: string }> = {
  ok: { word: "within", icon: CircleCheck, text: "text-good", bar: "bg-accent" },
  near: { word: "near its limit", icon: CircleAlert, text: "text-warn", bar: "bg-warn" },
  over: { word: "used up", icon: Ban, text: "text-bad", bar: "bg-bad" },
  unknown: { word: "cannot be computed", icon: CircleHelp, text: "text-warn", bar: "bg-warn" },
  idle: { word: "nothing used", icon: CircleDashed, text: "text-ink-faint", bar: "bg-accent" },
  off: { word: "off", icon: CircleDashed, text: "text-ink-faint", bar: "bg-accent" },
};

interface Props {
  use: RiskUse;
  bots: readonly BotSummary[];
  currency: string | undefined;
}

/** One limit: its present use, and the point from which it warns. */
export function LimitBar({ use, bots, currency }: Props) {
  const { limit, current, utilisation, state } = use;
  const look = LOOKS[state];
  const Icon = look.icon;
  const used = utilisation ?? 0;
  const warning = Number(limit.warning) * 100;
  const name = title(use);
  return (
    <li
      data-limit={limit.id}
      data-use={state}
      title={use.text ?? undefined}
      className="min-w-0 bg-surface px-3.5 py-3"
    >
      <p className="flex items-center gap-1.5 text-[13px] font-medium">
        <Icon aria-label={look.word} className={cn("size-3.5 shrink-0", look.text)} />
        <span className="truncate">{name}</span>
        <span className={cn("figures ml-auto shrink-0 text-xs", look.text)}>
          {utilisation === null ? look.word : share(utilisation)}
        </span>
      </p>
      <div
        role="meter"
        aria-label={`${name} of ${scopeName(limit.scope, bots)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(used * 100))}
        aria-valuetext={utilisation === null ? look.word : `${share(used)}, ${look.word}`}
        className="relative mt-2 h-1.5 rounded-full bg-ink/8"
      >
        <div
          className={cn("h-full rounded-full transition-[width]", look.bar)}
          style={{ width: `${Math.min(100, used * 100)}%` }}
        />
        {warning < 100 && (
          <span
            aria-hidden
            className="absolute inset-y-[-2px] w-px bg-ink-faint/60"
            style={{ left: `${warning}%` }}
          />
        )}
      </div>
      <p className="figures mt-1.5 flex justify-between gap-3 text-xs text-ink-faint">
        <span className="truncate">
          {sentence(scopeName(limit.scope, bots))}
          {limit.mode === "warn" && " · warns only"}
        </span>
        <span className="shrink-0">
          {current === null ? `${bound(limit.kind)} ` : `${amount(limit.kind, current, currency)} / `}
          {amount(limit.kind, limit.limit, currency)}
        </span>
      </p>
    </li>
  );
}
