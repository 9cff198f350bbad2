import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import type { BotSummary } from "@/api/types";
import { applyEvents, connectCache } from "./bridge";
import { bot, event } from "./events.fixture";
import type { EventType } from "./protocol";
import { runFromEvent } from "./run";
import { LiveStore } from "./store";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Returns the number of reads of recent activity in a minute with one such event each second. */
function readsInAMinute(type: EventType, data: Record<string, unknown>): number {
  const cache = new QueryClient();
  const store = new LiveStore(() => undefined);
  const stop = connectCache(store, cache, () => undefined);
  const asked = vi.spyOn(cache, "invalidateQueries");
  for (let second = 1; second <= 60; second += 1) {
    store.event(event(type, `${second}-0`, data));
    vi.advanceTimersByTime(1_000);
  }
  stop();
  return asked.mock.calls.filter(([filter]) => filter?.queryKey === keys.activity).length;
}

describe("recent activity", () => {
  it("is not read for runs that went well or were skipped", () => {
    expect(readsInAMinute("run_finished", { status: "success" })).toBe(0);
    expect(readsInAMinute("run_skipped", { reason: "overlap" })).toBe(0);
  });

  it("is read rarely for what happens all the time, and soon for what presses", () => {
    expect(readsInAMinute("run_finished", { status: "failed" })).toBeLessThanOrEqual(4);
    expect(readsInAMinute("action", { clientId: "a", status: "filled" })).toBeLessThanOrEqual(4);
    expect(readsInAMinute("alarm", { title: "t" })).toBeGreaterThan(20);
  });
});

describe("a failing bot", () => {
  it("is well again with the first run that succeeds", () => {
    const cache = new QueryClient();
    const warnings: BotSummary["warnings"] = [
      { code: "failing", text: "", count: 3, since: "2026-02-02T11:00:00.000Z" },
      { code: "overlap", text: "", count: 1, since: "2026-02-02T11:00:00.000Z" },
    ];
    cache.setQueryData(keys.bots, { items: [{ ...bot(), health: "failing", warnings }] });
    const shown = () => cache.getQueryData<{ items: BotSummary[] }>(keys.bots)?.items[0];
    applyEvents(cache, [event("run_finished", "1-0", { status: "failed", startedAt: 1 })]);
    expect(shown()?.health).toBe("failing");
    applyEvents(cache, [event("run_finished", "2-0", { status: "success", startedAt: 2 }, { runId: "r2" })]);
    expect(shown()).toMatchObject({ health: "ok", warnings: [{ code: "overlap" }] });
  });
});

describe("a reply that is older than the events", () => {
  it("does not turn an ended run back into a running one, nor lose a run", async () => {
    const cache = new QueryClient();
    const store = new LiveStore(() => undefined);
    const stop = connectCache(store, cache, (flush) => void flush());
    const running = runFromEvent(event("run_started", "1-0", { startedAt: 1 }));
    const key = keys.runs("b1");
    let answer: (items: unknown[]) => void = () => undefined;
    const asked = cache.fetchQuery({
      queryKey: key,
      queryFn: () => new Promise((resolve) => (answer = (items) => void resolve({ items }))),
    });
    store.event(event("run_started", "1-0", { startedAt: 1 }));
    store.event(event("run_finished", "2-0", { status: "success", startedAt: 1 }));
    store.event(event("run_finished", "3-0", { status: "failed", startedAt: 2 }, { runId: "r2" }));
    answer([running]);
    await asked;
    expect(cache.getQueryData(key)).toMatchObject({
      items: [
        { id: "r2", status: "failed" },
        { id: "r1", status: "success" },
      ],
    });
    stop();
  });
});
