import { describe, expect, it } from "vitest";
import { mergeDeal, type Deal } from "./deals";
import { event } from "./events.fixture";

function told(...changes: [seq: string, clientId: string, status: string][]): Deal[] {
  return changes.reduce<Deal[]>(
    (deals, [seq, clientId, status]) => mergeDeal(deals, event("action", seq, { clientId, status })),
    [],
  );
}

const shown = (deals: Deal[]) => deals.map((deal) => `${deal.id} ${String(deal.data["status"])}`);

describe("mergeDeal", () => {
  it("keeps one row an action, in its place, with the newest status", () => {
    const deals = told(["1-0", "a", "planned"], ["2-0", "b", "planned"], ["3-0", "a", "submitted"]);
    expect(shown(deals)).toEqual(["b planned", "a submitted"]);
  });

  it("ignores what it has heard, and what is older", () => {
    const deals = told(["1-0", "a", "planned"], ["3-0", "a", "submitted"]);
    expect(mergeDeal(deals, event("action", "3-0", { clientId: "a", status: "submitted" }))).toBe(deals);
    expect(mergeDeal(deals, event("action", "2-0", { clientId: "a", status: "planned" }))).toBe(deals);
  });

  it("takes no final status back for an event that was announced late", () => {
    expect(shown(told(["1-0", "a", "filled"], ["2-0", "a", "submitted"]))).toEqual(["a filled"]);
    expect(shown(told(["1-0", "a", "unknown"], ["2-0", "a", "filled"]))).toEqual(["a filled"]);
  });

  it("tells opportunities apart by their events", () => {
    const first = mergeDeal([], event("opportunity", "1-0", { clientId: "a" }));
    expect(mergeDeal(first, event("opportunity", "2-0", { clientId: "a" }))).toHaveLength(2);
  });
});
