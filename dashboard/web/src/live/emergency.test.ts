import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import type { EmergencyHistory, EmergencyOverview, SystemStatus } from "@/api/types";
import { connectCache } from "./bridge";
import { changeFromEvent, HISTORY_LENGTH, itemOf, withChange, withItem, withPlatform } from "./emergency";
import { event } from "./events.fixture";
import type { LiveEvent } from "./protocol";
import { LiveStore } from "./store";

function change(epoch: number, state: string, scope = "platform"): LiveEvent {
  const data = { scope, state, before: "NORMAL", epoch, actor: "ann", reason: "drill", automatic: false };
  return event("emergency", `${epoch}-0`, data, { botId: null, runId: null });
}

function item(epoch: number, state: string, scope?: string) {
  const found = changeFromEvent(change(epoch, state, scope));
  if (!found) throw new Error("an event of the fixture is a change");
  return itemOf(found);
}

const NOTHING: EmergencyOverview = { recorded: true, states: [], effective: [], flattenSlippage: "0.05" };
const SYSTEM = {
  emergency: { scope: "platform", state: "NORMAL", epoch: 3, reason: "first start" },
} as SystemStatus;

describe("emergency states from events", () => {
  it("reads a change, and nothing from an event that is none", () => {
    expect(changeFromEvent(change(7, "HALT", "bot:b1"))).toMatchObject({
      scope: "bot:b1",
      before: "NORMAL",
      after: "HALT",
      epoch: 7,
      actor: "ann",
      reason: "drill",
    });
    expect(changeFromEvent(change(7, "PANIC"))).toBeNull();
    expect(changeFromEvent(event("emergency", "1-0", { state: "HALT" }))).toBeNull();
  });

  it("keeps one state a scope, and the newest", () => {
    const halted = withItem(withItem(NOTHING, item(5, "HALT")), item(4, "ALERT", "bot:b1"));
    expect(halted.states.map((each) => [each.scope, each.state])).toEqual([
      ["platform", "HALT"],
      ["bot:b1", "ALERT"],
    ]);
    expect(withItem(halted, item(4, "NORMAL"))).toBe(halted);
    expect(withItem(halted, item(6, "NORMAL")).states).toHaveLength(2);
  });

  it("shows the platform's state alone as the platform's, and never an older one", () => {
    expect(withPlatform(SYSTEM, item(4, "HALT")).emergency).toMatchObject({ state: "HALT", epoch: 4 });
    expect(withPlatform(SYSTEM, item(2, "HALT"))).toBe(SYSTEM);
    expect(withPlatform(SYSTEM, item(9, "HALT", "domain:trading"))).toBe(SYSTEM);
  });

  it("lists each change once, newest first, and no more than are shown", () => {
    let history: EmergencyHistory = { items: [], nextBefore: null };
    for (const epoch of [2, 1, 3, 3, ...Array.from({ length: 30 }, (_, n) => n + 4)]) {
      const found = changeFromEvent(change(epoch, "HALT"));
      if (found) history = withChange(history, found);
    }
    expect(history.items).toHaveLength(HISTORY_LENGTH);
    expect(history.items.slice(0, 2).map((each) => each.epoch)).toEqual([33, 32]);
  });
});

describe("connectCache", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function connected() {
    const cache = new QueryClient();
    cache.setQueryData(keys.system, SYSTEM);
    cache.setQueryData(keys.emergency, NOTHING);
    const store = new LiveStore(() => undefined);
    connectCache(store, cache, () => undefined);
    return { cache, store };
  }

  it("shows a stop at once, without waiting for a frame or an answer", () => {
    const { cache, store } = connected();
    store.event(change(4, "HALT"));
    expect(cache.getQueryData<SystemStatus>(keys.system)?.emergency.state).toBe("HALT");
    expect(cache.getQueryData<EmergencyOverview>(keys.emergency)?.states[0]?.state).toBe("HALT");
  });

  it("asks for the use of limits once for many actions", () => {
    const { cache, store } = connected();
    const asked = vi.spyOn(cache, "invalidateQueries");
    const ofRisk = () => asked.mock.calls.filter(([filter]) => filter?.queryKey === keys.risk).length;
    for (let n = 1; n <= 50; n += 1) store.event(event("action", `${n}-0`, { clientId: `c${n}` }));
    expect(ofRisk()).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(ofRisk()).toBe(1);
    store.event(event("action", "51-0", { clientId: "c51" }));
    vi.advanceTimersByTime(2_000);
    expect(ofRisk()).toBe(2);
  });
});
