/** Scopes and their emergency states. */
import type { EmergencyItem, EmergencyName } from "@/api/types";
import { botScope, domainScope, scopeName, sentence, strategyScope, type Bots } from "@/components/scopes";
import { PLATFORM } from "@/live/emergency";

export interface ScopeGroup {
  label: string;
  scopes: { scope: string; name: string }[];
}

/** Returns every scope that can be chosen, from wide to narrow. */
export function scopeGroups(bots: Bots): ScopeGroup[] {
  const named = (scope: string) => ({ scope, name: sentence(scopeName(scope, bots)) });
  const domains = [...new Set(bots.map((bot) => bot.domain))].sort();
  const groups = [
    { label: "Everything", scopes: [named(PLATFORM)] },
    { label: "Domains", scopes: domains.map((domain) => named(domainScope(domain))) },
    { label: "Bots", scopes: bots.map((bot) => named(botScope(bot.id))) },
    {
      label: "Strategies",
      scopes: bots.flatMap((bot) => bot.strategies.map((each) => named(strategyScope(bot.id, each.id)))),
    },
  ];
  return groups.filter((group) => group.scopes.length > 0);
}

export function stateOf(
  states: readonly EmergencyItem[] | undefined,
  scope: string,
): EmergencyItem | undefined {
  return states?.find((each) => each.scope === scope);
}

const SEVERITY: Record<EmergencyName, number> = { NORMAL: 0, ALERT: 1, HALT: 2, SHUTDOWN: 3 };

/** Returns the states that are not NORMAL, the strictest and newest first. */
export function abnormal(states: readonly EmergencyItem[] | undefined): EmergencyItem[] {
  return (states ?? [])
    .filter((each) => each.state !== "NORMAL")
    .sort((a, b) => SEVERITY[b.state] - SEVERITY[a.state] || b.epoch - a.epoch);
}
