/** Opportunities and actions since the page was opened: one entry each, with its newest status. */
import { compareSeq, type LiveEvent } from "./protocol";

export interface Deal {
  /** Client id of the action; the event's seq for an opportunity. */
  id: string;
  seq: string;
  at: number;
  kind: "opportunity" | "action";
  strategyId: string | null;
  runId: string | null;
  data: Record<string, unknown>;
}

const KEPT = 60;
const FINAL: ReadonlySet<unknown> = new Set(["filled", "cancelled", "rejected", "denied"]);

/**
 * Returns the list (newest first) after `event`; the same list if nothing changes. An action keeps its place
 * while its status changes. A late event never replaces a newer state.
 */
export function mergeDeal(deals: Deal[], event: LiveEvent): Deal[] {
  const clientId = event.data["clientId"];
  const isAction = event.type === "action";
  const deal: Deal = {
    id: isAction && typeof clientId === "string" ? clientId : event.seq,
    seq: event.seq,
    at: event.timestamp,
    kind: isAction ? "action" : "opportunity",
    strategyId: event.strategyId,
    runId: event.runId,
    data: event.data,
  };
  const known = deals.find((each) => each.id === deal.id);
  if (!known) return [deal, ...deals].slice(0, KEPT);
  return newer(deal, known) ? deals.map((each) => (each === known ? deal : each)) : deals;
}

/**
 * Returns true if `deal` is newer than `known`. The number of the change in the gateway's journal decides.
 * Without numbers the seq decides, and a final status stays.
 */
function newer(deal: Deal, known: Deal): boolean {
  const [was, is] = [known.data["change"], deal.data["change"]];
  if (typeof was === "number" && typeof is === "number") return is > was;
  if (compareSeq(deal.seq, known.seq) <= 0) return false;
  return !FINAL.has(known.data["status"]) || FINAL.has(deal.data["status"]);
}
