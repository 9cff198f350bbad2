/** Names of scopes: a state, a limit or an account applies to a scope. */
import type { BotSummary } from "@/api/types";
import { PLATFORM } from "@/live/emergency";

export type Bots = readonly Pick<BotSummary, "id" | "name" | "domain" | "strategies">[];

export const botScope = (botId: string): string => `bot:${botId}`;
export const strategyScope = (botId: string, strategyId: string): string => `strategy:${botId}/${strategyId}`;
export const domainScope = (domain: string): string => `domain:${domain}`;

/** Name of the scope, for use inside a sentence; the id while the bots are unknown. */
export function scopeName(scope: string, bots: Bots | undefined): string {
  if (scope === PLATFORM) return "the platform";
  const colon = scope.indexOf(":");
  const kind = scope.slice(0, colon);
  const name = scope.slice(colon + 1);
  if (kind === "domain") return `all ${name.replaceAll("_", " ")}`;
  const [botId = name, strategyId = ""] = name.split("/");
  const bot = bots?.find((each) => each.id === botId);
  if (kind === "venue" || kind === "asset") return name.replace("/", " ");
  if (kind === "bot") return bot?.name ?? botId;
  const strategy = bot?.strategies.find((each) => each.id === strategyId);
  return `${bot?.name ?? botId} / ${strategy?.name ?? strategyId}`;
}

/** Returns the text with a capital first letter. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
