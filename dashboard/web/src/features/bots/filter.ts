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

/** The values that occur, with how many bots have each; what does not occur is no choice. */
export function tally(bots: readonly BotSummary[], key: "domain" | "state"): [string, number][] {
  const counts = new Map<string, number>();
  for (const bot of bots) counts.set(bot[key], (counts.get(bot[key]) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
