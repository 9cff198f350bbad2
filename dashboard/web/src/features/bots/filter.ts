import type { BotSummary } from "@/api/types";

export interface Filter {
  domain: string;
  state: string;
}

export const ALL = "all";

export function matches(bot: BotSummary, filter: Filter): boolean {
  return (
    (filter.domain === ALL || bot.domain === filter.domain) &&
    (filter.state === ALL || bot.state === filter.state)
  );
}

/** Returns the values that occur, with the number of bots of each; other values are not offered. */
export function tally(bots: readonly BotSummary[], key: "domain" | "state"): [string, number][] {
  const counts = new Map<string, number>();
  for (const bot of bots) counts.set(bot[key], (counts.get(bot[key]) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
