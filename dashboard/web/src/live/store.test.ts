import { describe, expect, it, vi } from "vitest";
import { bot, event, execution, run, state } from "./events.fixture";
import { LiveStore } from "./store";

const scope = { kind: "bot", botId: "b1" } as const;

function manual() {
  let flush: (() => void) | null = null;
  const store = new LiveStore((next) => {
    flush = next;
  });
  return {
    store,
    frame: () => {
      const run = flush;
      flush = null;
      run?.();
    },
  };
}

describe("LiveStore", () => {
  it("tells a reader once a frame, and only readers of what changed", () => {
    const { store, frame } = manual();
    const a = vi.fn();
    const b = vi.fn();
    store.values.subscribe("node:/a", a);
    store.values.subscribe("node:/b", b);
    for (let n = 0; n < 50; n += 1)
      store.event(execution(`${n + 1}-0`, "a", { status: "success" }, { runId: `r${n}` }));
    expect(a).not.toHaveBeenCalled();
    frame();
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).not.toHaveBeenCalled();
    expect(store.node("/a")?.executions).toBe(50);
  });

  it("takes a snapshot as the base on which newer events build", () => {
    const { store } = manual();
    store.snapshot({
      type: "snapshot",
      seq: "5-0",
      scope,
      data: { bot: bot(), nodes: [state("a")], activeRun: run("r1", { status: "running" }) },
    });
    store.event(execution("4-0", "a", { status: "failed" }, { runId: "r0" }));
    expect(store.node("/a")?.status).toBe("success");
    store.event(execution("6-0", "a", { status: "failed" }, { runId: "r2" }));
    expect(store.node("/a")?.status).toBe("failed");
  });

  it("does not let a late event of an older run replace a newer run's state, but counts it", () => {
    const { store } = manual();
    store.event(event("run_started", "1-0", {}, { runId: "old" }));
    store.event(event("run_started", "2-0", {}, { runId: "new" }));
    store.event(execution("3-0", "a", { status: "success", outputs: { v: 2 } }, { runId: "new" }));
    store.event(execution("4-0", "a", { status: "failed" }, { runId: "old" }));
    expect(store.node("/a")).toMatchObject({
      status: "success",
      runId: "new",
      outputs: { v: 2 },
      executions: 2,
      successes: 1,
    });
    store.event(event("run_finished", "5-0", { status: "failed" }, { runId: "old" }));
    expect(store.run()).toMatchObject({ id: "new", status: "running" });
  });

  it("ends a run once and keeps it ended", () => {
    const { store } = manual();
    store.event(event("run_started", "1-0", { trigger: "manual" }));
    store.event(event("run_finished", "2-0", { status: "success", durationMs: 40, counts: { success: 3 } }));
    store.event(event("run_started", "1-0", { trigger: "manual" }));
    expect(store.run()).toMatchObject({
      status: "success",
      trigger: "manual",
      durationMs: 40,
      counts: { success: 3, failed: 0 },
    });
  });

  it("sums up the nodes of a strategy for its card", () => {
    const { store } = manual();
    const own = { strategyId: "s1" };
    store.event(event("run_started", "1-0", {}));
    store.event(execution("2-0", "a", { status: "running" }, own));
    store.event(execution("3-0", "b", { status: "skipped" }, own));
    expect(store.group("s1")).toMatchObject({ running: 1, finished: 1, skipped: 1 });
    store.event(
      execution("4-0", "a", { status: "failed", error: { code: "x", message: "venue down" } }, own),
    );
    expect(store.group("s1")).toMatchObject({ running: 0, finished: 2, failed: 1, error: "venue down" });
    store.event(execution("5-0", "a", { status: "success" }, { ...own, runId: "r2" }));
    expect(store.group("s1")).toMatchObject({ runId: "r2", finished: 1, failed: 0 });
  });

  it("keeps each opportunity and action once", () => {
    const { store } = manual();
    const found = event("opportunity", "1-0", { taken: true });
    store.event(found);
    store.event(found);
    expect(store.values.get<unknown[]>("deals")).toHaveLength(1);
  });

  it("applies 12,000 events of 60 nodes (a minute at 200 a second) in a tenth of the frames' time", () => {
    const { store, frame } = manual();
    const started = performance.now();
    for (let n = 0; n < 12_000; n += 1) {
      store.event(
        execution(
          `${n + 1}-0`,
          `n${n % 60}`,
          { status: "success", outputs: { v: n } },
          { runId: `r${Math.floor(n / 60)}` },
        ),
      );
      if (n % 4 === 3) frame();
    }
    const each = (performance.now() - started) / 12_000;
    expect(store.node("/n59")?.outputs).toEqual({ v: 11_999 });
    // At 200 events a second, a frame of 16.7 ms has four events. The store may use a tenth of a frame.
    expect(each).toBeLessThan(0.4);
  });
});
