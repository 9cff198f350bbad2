import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { keys } from "@/api/keys";
import { applyEvents } from "./bridge";
import { bot, event, run } from "./events.fixture";
import { applyToBot, mergeRun } from "./run";

describe("applyToBot", () => {
  it("follows a run from start to end", () => {
    const started = applyToBot(bot(), event("run_started", "1-0", {}));
    expect(started.activeRunId).toBe("r1");
    const ended = applyToBot(started, event("run_finished", "2-0", { status: "failed", durationMs: 12 }));
    expect(ended).toMatchObject({
      activeRunId: null,
      lastRun: { id: "r1", status: "failed", durationMs: 12 },
    });
  });
  it("merges figures and leaves other bots alone", () => {
    const before = bot();
    const after = applyToBot(
      before,
      event("strategy_metrics", "1-0", { metrics: { pnl: "2" } }, { strategyId: "s1" }),
    );
    expect(after.strategies[0]?.metrics).toEqual({ pnl: "2" });
    expect(applyToBot(before, event("bot_metrics", "1-0", { metrics: {} }, { botId: "other" }))).toBe(before);
  });
});

describe("mergeRun", () => {
  const old = run("a", { startedAt: "2026-02-02T11:00:00Z" });
  const young = run("b", { startedAt: "2026-02-02T11:05:00Z" });
  it("keeps the newest first and no more than the limit", () => {
    expect(mergeRun([old], young).map((each) => each.id)).toEqual(["b", "a"]);
    expect(mergeRun([young], old).map((each) => each.id)).toEqual(["b", "a"]);
    expect(
      mergeRun([young, old], run("c", { startedAt: "2026-02-02T11:09:00Z" }), 2).map((each) => each.id),
    ).toEqual(["c", "b"]);
  });
  it("never turns an ended run back into a running one", () => {
    const list = [old];
    expect(mergeRun(list, { ...old, status: "running" })).toBe(list);
  });
});

describe("applyEvents", () => {
  it("patches every cached copy of the bot and the timelines", () => {
    const cache = new QueryClient();
    cache.setQueryData(keys.bots, { items: [bot(), bot({ id: "b2" })] });
    cache.setQueryData(keys.runs("b1"), { items: [] });
    cache.setQueryData(keys.strategy("b1", "s1"), { runs: [run("a")] });
    applyEvents(cache, [
      event("run_started", "1-0", { startedAt: Date.UTC(2026, 1, 3) }),
      event("run_finished", "2-0", { status: "success", opportunities: 1 }),
    ]);
    expect(cache.getQueryData(keys.runs("b1"))).toMatchObject({
      items: [{ id: "r1", status: "success", opportunities: 1 }],
    });
    expect(cache.getQueryData(keys.strategy("b1", "s1"))).toMatchObject({
      runs: [{ id: "r1" }, { id: "a" }],
    });
    expect(cache.getQueryData(keys.bots)).toMatchObject({
      items: [{ lastRun: { id: "r1" } }, { lastRun: null }],
    });
  });
});
