/** Limits and their use as a person reads them. */
import type { BotSummary, RiskUse } from "@/api/types";
import { count, humanise, money, plain, share, isNumeric, NONE, type Numeric } from "@/lib/format";

export type UseState = RiskUse["state"];

const FRACTIONS = new Set(["concentration", "drawdown", "volatility"]);
const MONEY = new Set([
  "capital_per_action",
  "total_exposure",
  "daily_loss",
  "minimum_balance",
  "correlation_group",
]);

/** A figure in the unit of its kind; `currency` undefined where bots of several are in it. */
export function amount(kind: string, value: Numeric, currency: string | undefined): string {
  if (!isNumeric(value)) return NONE;
  if (FRACTIONS.has(kind)) return share(value, 1);
  if (kind === "leverage") return `${plain(Number(value).toFixed(2))}×`;
  if (kind === "action_rate") return count(value);
  if (MONEY.has(kind)) return currency ? money(value, { currency }) : plain(Number(value).toFixed(2));
  return plain(value);
}

/** `Daily loss`, `Actions in 60 s`. */
export function title({ limit }: RiskUse): string {
  if (limit.kind === "custom") return humanise(limit.parameters["measure"] ?? limit.id);
  const name = limit.kind === "action_rate" ? "Actions" : humanise(limit.kind);
  return limit.windowS === null ? name : `${name} in ${count(limit.windowS)} s`;
}

/** Does the limit hold for the bot or something in it? Those of venues and assets hold for whoever trades there. */
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

/** What is nearest to its limit first; what is switched off is left out. */
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
