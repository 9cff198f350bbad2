/** Limits and their use in a readable form. */
import type { BotSummary, RiskUse } from "@/api/types";
import { count, humanise, money, plain, share, isNumeric, NONE, type Numeric } from "@/lib/format";

export type UseState = RiskUse["state"];

const FRACTIONS = new Set([
  "concentration",
  "drawdown",
  "volatility",
  "largest_change",
  "share_of_market",
  "utilisation",
]);
const MONEY = new Set([
  "capital_per_action",
  "total_exposure",
  "daily_loss",
  "minimum_balance",
  "correlation_group",
  "price_floor",
]);

const LEAST = new Set(["minimum_balance", "price_floor", "cooldown"]);

/** Returns the word before a limit: `at least` for the kinds that must not fall below theirs. */
export function bound(kind: string): "at least" | "at most" {
  return LEAST.has(kind) ? "at least" : "at most";
}

/** Formats a figure in the unit of its kind. `currency` is undefined for bots of several currencies. */
export function amount(kind: string, value: Numeric, currency: string | undefined): string {
  if (!isNumeric(value)) return NONE;
  if (FRACTIONS.has(kind)) return share(value, 1);
  if (kind === "leverage") return `${plain(Number(value).toFixed(2))}×`;
  if (kind === "action_rate") return count(value);
  if (kind === "cooldown") return `${plain(value)} s`;
  if (kind === "stock_days") return `${plain(value)} days`;
  if (MONEY.has(kind)) return currency ? money(value, { currency }) : plain(Number(value).toFixed(2));
  return plain(value);
}

/** Returns the name of a limit: `Daily loss`, `Actions in 60 s`. */
export function title({ limit }: RiskUse): string {
  if (limit.kind === "custom") return humanise(limit.parameters["measure"] ?? limit.id);
  const name = limit.kind === "action_rate" ? "Actions" : humanise(limit.kind);
  return limit.windowS === null ? name : `${name} in ${count(limit.windowS)} s`;
}

/**
 * Returns true if the limit's scope contains the bot or is part of it. Limits of venues and assets are left
 * out: they apply to every bot that trades there.
 */
export function holdsFor({ limit }: RiskUse, bot: Pick<BotSummary, "id" | "domain">): boolean {
  const { scope } = limit;
  return (
    scope === "platform" ||
    scope === `domain:${bot.domain}` ||
    scope === `bot:${bot.id}` ||
    scope.startsWith(`strategy:${bot.id}/`)
  );
}

const RANK: Record<UseState, number> = { over: 0, unknown: 1, near: 2, ok: 3, idle: 4, off: 5 };

/** Sorts limits by state, then by use, the most used first; leaves out those that are switched off. */
export function ranked(items: readonly RiskUse[]): RiskUse[] {
  return items
    .filter((item) => item.state !== "off")
    .sort(
      (a, b) =>
        RANK[a.state] - RANK[b.state] ||
        (b.utilisation ?? 0) - (a.utilisation ?? 0) ||
        a.limit.id.localeCompare(b.limit.id),
    );
}
