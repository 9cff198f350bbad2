/** Effects of emergency events on cached data; an older event never replaces a newer state. */
import type {
  EmergencyChange,
  EmergencyHistory,
  EmergencyItem,
  EmergencyName,
  EmergencyOverview,
  SystemStatus,
} from "@/api/types";
import type { LiveEvent } from "./protocol";

export const PLATFORM = "platform";
/** Number of changes in the history. */
export const HISTORY_LENGTH = 20;

const NAMES: ReadonlySet<unknown> = new Set<EmergencyName>(["NORMAL", "ALERT", "HALT", "SHUTDOWN"]);

/** Returns the change in an `emergency` event; null for an unreadable event. */
export function changeFromEvent(event: LiveEvent): EmergencyChange | null {
  const { scope, state, before, epoch, actor, reason, automatic, cause, flatten } = event.data;
  if (event.type !== "emergency" || typeof scope !== "string" || typeof epoch !== "number") return null;
  if (!NAMES.has(state)) return null;
  return {
    epoch,
    scope,
    before: (NAMES.has(before) ? before : "NORMAL") as EmergencyName,
    after: state as EmergencyName,
    actor: typeof actor === "string" ? actor : "",
    origin: "",
    reason: typeof reason === "string" ? reason : "",
    automatic: automatic === true,
    cause: typeof cause === "string" ? cause : "",
    at: new Date(event.timestamp).toISOString(),
    flatten: flatten === true,
    enforcedAt: null,
    report: null,
  };
}

/** Returns the state after a change. */
export function itemOf(change: EmergencyChange): EmergencyItem {
  const { scope, after, epoch, actor, reason, at, automatic, cause, flatten } = change;
  const rest = { clearsAt: null, armedFor: null, armedUntil: null };
  return { scope, state: after, epoch, actor, reason, at, automatic, cause, flatten, ...rest };
}

/** Returns the overview with one scope's state replaced; the same object if it has a newer one. */
export function withItem(overview: EmergencyOverview, item: EmergencyItem): EmergencyOverview {
  const known = overview.states.find((each) => each.scope === item.scope);
  if (known && known.epoch > item.epoch) return overview;
  const others = overview.states.filter((each) => each.scope !== item.scope);
  return { ...overview, states: [...others, item] };
}

/** Returns the system status with the platform's new state. */
export function withPlatform(system: SystemStatus, item: EmergencyItem): SystemStatus {
  if (item.scope !== PLATFORM || item.epoch < system.emergency.epoch) return system;
  const { scope, state, epoch, reason } = item;
  return { ...system, emergency: { known: true, scope, state, epoch, reason } };
}

export function withChange(history: EmergencyHistory, change: EmergencyChange): EmergencyHistory {
  if (history.items.some((each) => each.epoch === change.epoch)) return history;
  const items = [change, ...history.items].sort((a, b) => b.epoch - a.epoch);
  return { ...history, items: items.slice(0, HISTORY_LENGTH) };
}
