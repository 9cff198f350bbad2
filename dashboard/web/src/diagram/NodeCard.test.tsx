import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { event, execution } from "@/live/events.fixture";
import { LiveStore } from "@/live/store";
import { NodeCard } from "./NodeCard";
import { SourceContext } from "./source";
import type { Card } from "./structure";

const card: Card = {
  id: "price",
  key: "s1/price",
  kind: "node",
  type: "trading.reference_price",
  title: "Reference price",
  category: "source",
  description: "",
  pool: "io",
  params: [{ name: "symbol", label: "Symbol", value: "BTC/USD", isDefault: false }],
  inputs: [],
  outputs: ["price"],
  branches: [],
  rows: 3,
  width: 256,
  height: 200,
  position: null,
};
const own = { strategyId: "s1" };

function setUp() {
  const store = new LiveStore((flush) => flush());
  render(
    <SourceContext value={{ mode: "live", store }}>
      <NodeCard card={card} selected={false} far={false} />
    </SourceContext>,
  );
  const say = (...events: Parameters<LiveStore["event"]>[0][]) =>
    act(() => events.forEach((each) => store.event(each)));
  return { say };
}

afterEach(cleanup);

describe("NodeCard", () => {
  it("tells its story as it happens: waiting, running, success with values, and how often", () => {
    const { say } = setUp();
    expect(screen.getByText("Not run yet")).toBeTruthy();
    say(event("run_started", "1-0", {}));
    expect(screen.getByText("Waiting")).toBeTruthy();
    say(execution("2-0", "price", { status: "running" }, own));
    expect(screen.getByText("Running")).toBeTruthy();
    say(
      execution(
        "3-0",
        "price",
        { status: "success", outputs: { price: "64210.5" }, executionTimeMs: 45 },
        own,
      ),
    );
    expect(screen.getByText("Success")).toBeTruthy();
    expect(screen.getByText("64,210.5")).toBeTruthy();
    expect(screen.getByText("45 ms")).toBeTruthy();
    expect(screen.getByText("1× · 100 % ok")).toBeTruthy();
  });

  it("says why it failed, and that it is trying again", () => {
    const { say } = setUp();
    say(
      event("run_started", "1-0", {}),
      execution(
        "2-0",
        "price",
        { status: "running", attempt: 2, retryIn: 1, error: { code: "x", message: "venue is down" } },
        own,
      ),
    );
    expect(screen.getByText("Retrying")).toBeTruthy();
    expect(screen.getByText("venue is down")).toBeTruthy();
    say(
      execution(
        "3-0",
        "price",
        { status: "failed", attempt: 2, error: { code: "x", message: "gave up" } },
        own,
      ),
    );
    expect(screen.getByText("Failed")).toBeTruthy();
    expect(screen.getByText("gave up")).toBeTruthy();
  });
});
