import type { BotSummary } from "@/api/types";
import { toNumber } from "@/lib/format";

/** Sums of the bots of one mode and one currency; amounts of different modes are never added. */
export interface Purse {
  mode: BotSummary["mode"];
  currency: string;
  pnl: number;
  capital: number;
}

const MODES: readonly BotSummary["mode"][] = ["live", "sandbox", "paper"];

/** Returns the sums, real money first. They are for display, not for bookkeeping. */
export function purses(bots: readonly BotSummary[]): Purse[] {
  const found = new Map<string, Purse>();
  for (const { mode, baseCurrency: currency, metrics } of bots) {
    const key = `${mode} ${currency}`;
    const purse = found.get(key) ?? { mode, currency, pnl: 0, capital: 0 };
    purse.pnl += toNumber(metrics["pnl"]) ?? 0;
    purse.capital += toNumber(metrics["capital"]) ?? 0;
    found.set(key, purse);
  }
  return [...found.values()].sort(
    (a, b) => MODES.indexOf(a.mode) - MODES.indexOf(b.mode) || a.currency.localeCompare(b.currency),
  );
}
