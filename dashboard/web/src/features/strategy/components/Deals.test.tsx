import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { event } from "@/live/events.fixture";
import { LiveContext, type Live } from "@/live/hooks";
import { LiveStore } from "@/live/store";
import { Deals } from "./Deals";

afterEach(cleanup);

it("shows one row an action as its status changes, and why one was denied", () => {
  const store = new LiveStore((flush) => flush());
  render(
    <LiveContext value={{ store } as Live}>
      <Deals strategyId="s1" currency="USD" />
    </LiveContext>,
  );
  const order = { side: "buy", quantity: "10", label: "UP", venue: "polymarket" };
  const say = (seq: string, clientId: string, rest: Record<string, unknown>) =>
    act(() => store.event(event("action", seq, { ...order, clientId, ...rest }, { strategyId: "s1" })));
  say("1-0", "a", { status: "planned" });
  say("2-0", "a", { status: "unknown", reason: "no answer in time" });
  say("3-0", "b", { status: "denied", reason: "the daily loss is used up" });
  const [denied, unknown] = screen.getAllByRole("listitem");
  expect(screen.getAllByRole("listitem")).toHaveLength(2);
  expect(denied?.textContent).toContain("Denied");
  expect(denied?.textContent).toContain("the daily loss is used up");
  expect(unknown?.textContent).toContain("Outcome unknown");
  say("4-0", "a", { status: "filled", filled: "10", averagePrice: "0.47" });
  expect(screen.getAllByRole("listitem")[1]?.textContent).toContain("Buy 10 UP at $0.47Filled");
  say("5-0", "c", { status: "filled", kind: "rent", sentence: "rent 2 hours of gpu-1.5" });
  expect(screen.getAllByRole("listitem")[0]?.textContent).toContain("Rent 2 hours of gpu-1.5Filled");
});
