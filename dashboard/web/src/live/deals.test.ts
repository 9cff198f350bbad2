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

  it("follows the journal's order: what was given up may live again", () => {
    const deals = (["1-0 5 cancelled", "2-0 9 filled", "3-0 8 open"] as const).reduce<Deal[]>(
      (before, told) => {
        const [seq = "", change, status] = told.split(" ");
        return mergeDeal(before, event("action", seq, { clientId: "a", change: Number(change), status }));
      },
      [],
    );
    expect(shown(deals)).toEqual(["a filled"]);
    const again = event("action", "4-0", { clientId: "a", change: 10, status: "open" });
    expect(shown(mergeDeal(deals, again))).toEqual(["a open"]);
  });

  it("tells opportunities apart by their events", () => {
    const first = mergeDeal([], event("opportunity", "1-0", { clientId: "a" }));
    expect(mergeDeal(first, event("opportunity", "2-0", { clientId: "a" }))).toHaveLength(2);
  });
});
