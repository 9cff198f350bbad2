import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { BotSummary } from "@/api/types";
import { bot } from "@/live/events.fixture";
import { Totals } from "./Totals";

function of(mode: BotSummary["mode"], baseCurrency: string, pnl: string, capital: string): BotSummary {
  return bot({ id: `${mode}-${baseCurrency}-${pnl}`, mode, baseCurrency, metrics: { pnl, capital } });
}

function shown(label: string): string | null | undefined {
  return screen.getByText(label).parentElement?.querySelector("dd")?.textContent;
}

afterEach(cleanup);

describe("the totals over bots", () => {
  it("add up what is of one mode and one currency", () => {
    render(<Totals bots={[of("paper", "EUR", "1.50", "100"), of("paper", "EUR", "2", "100")]} />);
    expect(shown("Total profit and loss")).toContain("+3.50\u202fEUR");
    expect(shown("Capital")).toBe("200\u202fEUR");
  });

  it("never add euros to dollars, nor play money to real", () => {
    render(
      <Totals
        bots={[
          of("paper", "USD", "10", "100"),
          of("paper", "EUR", "5", "50"),
          of("live", "USD", "-1", "1000"),
          of("paper", "USD", "7", "100"),
        ]}
      />,
    );
    expect(shown("Profit and loss, paper, USD")).toContain("+$17.00");
    expect(shown("Profit and loss, paper, EUR")).toContain("+5.00\u202fEUR");
    expect(shown("Profit and loss, live, USD")).toContain("\u2212$1.00");
    expect(screen.queryByText("Total profit and loss")).toBeNull();
    const labels = screen.getAllByText(/^Profit and loss/).map((each) => each.textContent);
    expect(labels[0]).toBe("Profit and loss, live, USD");
  });

  it("say nothing of money where there is no bot", () => {
    render(<Totals bots={[]} />);
    expect(screen.queryByText(/profit/i)).toBeNull();
    expect(shown("Bots running")).toBe("0 / 0");
  });
});
