import { describe, expect, it } from "vitest";
import { execution, state } from "./events.fixture";
import { applyNodeEvent, fromState } from "./node";

const running = execution("10-0", "a", { status: "running" });
const success = execution("10-1", "a", { status: "success", outputs: { price: "5" }, executionTimeMs: 7 });

describe("applyNodeEvent", () => {
  it("goes from running to success and counts one execution", () => {
    const node = applyNodeEvent(applyNodeEvent(undefined, running), success);
    expect(node).toMatchObject({
      status: "success",
      outputs: { price: "5" },
      executionTimeMs: 7,
      executions: 1,
      successes: 1,
      beat: 1,
    });
  });
  it("ignores an event that is not newer, so replaying all of them changes nothing", () => {
    const once = [running, success].reduce(applyNodeEvent, applyNodeEvent(undefined, running));
    const twice = [running, success].reduce(applyNodeEvent, once);
    expect(twice).toBe(once);
  });
  it("lets a final state of an attempt absorb what still arrives for that attempt", () => {
    const done = applyNodeEvent(undefined, success);
    expect(applyNodeEvent(done, execution("10-9", "a", { status: "running" }))).toBe(done);
    expect(applyNodeEvent(done, execution("10-9", "a", { status: "failed" }))).toBe(done);
  });
  it("compares sequences as numbers, not as texts", () => {
    const node = applyNodeEvent(undefined, execution("9-10", "a", { status: "running" }));
    expect(applyNodeEvent(node, execution("9-9", "a", { status: "success" }))).toBe(node);
    expect(applyNodeEvent(node, execution("10-0", "a", { status: "success" })).status).toBe("success");
  });
  it("goes on with the next attempt and never back to an older one", () => {
    const failed = applyNodeEvent(
      undefined,
      execution("1-0", "a", { status: "failed", error: { code: "x", message: "no" } }),
    );
    const retry = applyNodeEvent(
      failed,
      execution("2-0", "a", { status: "running", attempt: 2, retryIn: 0.5 }),
    );
    expect(retry).toMatchObject({ status: "running", attempt: 2, retryInS: 0.5 });
    expect(applyNodeEvent(retry, execution("3-0", "a", { status: "success", attempt: 1 }))).toBe(retry);
  });
  it("keeps the last outputs in sight while the node runs again", () => {
    const again = applyNodeEvent(
      applyNodeEvent(undefined, success),
      execution("20-0", "a", { status: "running", outputs: undefined }, { runId: "r2" }),
    );
    expect(again).toMatchObject({ status: "running", outputs: { price: "5" } });
  });
  it("does not count a skipped node as an execution", () => {
    const node = applyNodeEvent(
      fromState(state("a"), "1-0"),
      execution("2-0", "a", { status: "skipped" }, { runId: "r2" }),
    );
    expect(node).toMatchObject({ executions: 10, successes: 9, beat: 0 });
  });
});
