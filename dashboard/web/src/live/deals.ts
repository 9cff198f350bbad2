/** Opportunities and actions seen since the page was opened: one entry each, with its newest word. */
import { compareSeq, type LiveEvent } from "./protocol";

export interface Deal {
  /** The action's client id, or the event's own sequence for what is told once. */
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
 * The list (newest first) after `event`; the same list when it says nothing new. An action stays in its place
 * while its status changes, and no event that comes late takes back what is known.
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

/** By the number of the change in the gateway's journal; what has none moves on in the stream, up to a final status. */
function newer(deal: Deal, known: Deal): boolean {
  const [was, is] = [known.data["change"], deal.data["change"]];
  if (typeof was === "number" && typeof is === "number") return is > was;
  if (compareSeq(deal.seq, known.seq) <= 0) return false;
  return !FINAL.has(known.data["status"]) || FINAL.has(deal.data["status"]);
}
