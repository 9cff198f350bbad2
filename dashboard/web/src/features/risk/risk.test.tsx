import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { RiskUse } from "@/api/types";
import { bot } from "@/live/events.fixture";
import { LimitBar } from "./components/LimitBar";
import { amount, bound, holdsFor, ranked, title } from "./use";

function used(over: Partial<RiskUse> = {}, limit: Partial<RiskUse["limit"]> = {}): RiskUse {
  return {
    limit: {
      id: "b1.daily_loss",
      scope: "bot:b1",
      kind: "daily_loss",
      limit: "50",
      warning: "0.8",
      mode: "enforce",
      windowS: null,
      parameters: {},
      enabled: true,
      version: 1,
      updatedAt: "2026-02-02T11:00:00.000Z",
      updatedBy: "argosy",
      ...limit,
    },
    current: "12.5",
    utilisation: 0.25,
    state: "ok",
    text: null,
    ...over,
  };
}

afterEach(cleanup);

describe("the use of limits", () => {
  it("shows each kind in its own unit", () => {
    expect(amount("daily_loss", "1234.5", "USD")).toBe("$1,234.50");
    expect(amount("total_exposure", "1234.567", undefined)).toBe("1,234.57");
    expect(amount("drawdown", "0.125", "USD")).toBe("12.5\u202f%");
    expect(amount("leverage", "2.5", "USD")).toBe("2.5×");
    expect(amount("action_rate", "120", "USD")).toBe("120");
    expect(amount("position_size", "0.00012500", "USD")).toBe("0.000125");
    expect(amount("price_floor", "5", "USD")).toBe("$5.00");
    expect(amount("largest_change", "0.2", "USD")).toBe("20.0\u202f%");
    expect(amount("share_of_market", "0.05", "USD")).toBe("5.0\u202f%");
    expect(amount("cooldown", "60", "USD")).toBe("60 s");
    expect(amount("stock_days", "30", "USD")).toBe("30 days");
    expect(title(used({}, { kind: "action_rate", windowS: 60 }))).toBe("Actions in 60 s");
    expect(title(used({}, { kind: "largest_change", windowS: 86400 }))).toBe("Largest change in 86,400 s");
  });

  it("calls a floor the least and a ceiling the most", () => {
    expect(["price_floor", "cooldown", "minimum_balance", "stock_days"].map(bound)).toEqual([
      "at least",
      "at least",
      "at least",
      "at most",
    ]);
    render(
      <LimitBar
        use={used({ current: null, utilisation: null, state: "idle" }, { kind: "price_floor", limit: "5" })}
        bots={[bot()]}
        currency="USD"
      />,
    );
    expect(screen.getByText(/at least/).textContent).toContain("$5.00");
  });

  it("names those that hold for a bot", () => {
    const holds = (scope: string) => holdsFor(used({}, { scope }), bot());
    expect(
      [
        "platform",
        "domain:trading",
        "bot:b1",
        "strategy:b1/s1",
        "bot:b10",
        "strategy:b10/s1",
        "domain:credit",
      ].map(holds),
    ).toEqual([true, true, true, true, false, false, false]);
  });

  it("puts what is over, unknown or near first, and leaves out what is off", () => {
    const of = (id: string, state: RiskUse["state"], utilisation: number | null) =>
      used({ state, utilisation }, { id });
    const found = ranked([
      of("a", "idle", null),
      of("b", "ok", 0.1),
      of("c", "ok", 0.7),
      of("d", "off", 0.9),
      of("e", "near", 0.85),
      of("f", "unknown", null),
      of("g", "over", 1.2),
    ]);
    expect(found.map((each) => each.limit.id).join("")).toBe("gfecba");
  });

  it("says by word and number, not by colour alone, how near the limit is", () => {
    render(
      <ul>
        <LimitBar
          use={used({ state: "over", utilisation: 1.2, current: "60" })}
          bots={[bot()]}
          currency="USD"
        />
      </ul>,
    );
    const meter = screen.getByRole("meter", { name: "Daily loss of Bot" });
    expect(meter.getAttribute("aria-valuetext")).toBe("120\u202f%, used up");
    expect(meter.getAttribute("aria-valuenow")).toBe("100");
    expect(screen.getByLabelText("used up")).toBeTruthy();
    expect(screen.getByRole("listitem").textContent).toContain("$60.00 / $50.00");
  });

  it("shows no number where there is none", () => {
    render(
      <ul>
        <LimitBar
          use={used({ state: "unknown", utilisation: null, current: null })}
          bots={[]}
          currency="USD"
        />
      </ul>,
    );
    expect(screen.getByRole("listitem").textContent).toContain("cannot be computed");
    expect(screen.getByRole("listitem").textContent).toContain("at most $50.00");
  });
});
