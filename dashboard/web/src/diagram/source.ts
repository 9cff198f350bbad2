/** Source of a diagram's states: the live store, or a store with one finished run. */
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { RunDetail, RunSummary } from "@/api/types";
import type { ViewStatus } from "@/components/status";
import type { NodeLive } from "@/live/node";
import { LiveStore, type GroupProgress } from "@/live/store";

export interface Source {
  mode: "live" | "replay";
  store: LiveStore;
}

export const SourceContext = createContext<Source | null>(null);

export function useSource(): Source {
  const source = useContext(SourceContext);
  if (!source) throw new Error("a diagram needs a SourceContext around it");
  return source;
}

/** Returns a store with the states of one past run. */
export function replaySource(run: RunDetail): Source {
  const store = new LiveStore((flush) => queueMicrotask(flush));
  store.snapshot({
    type: "snapshot",
    seq: "0-0",
    scope: { kind: "all" },
    data: { activeRun: run, nodes: run.nodes },
  });
  return { mode: "replay", store };
}

function useStored<T>(key: string): T | undefined {
  const { values } = useSource().store;
  const subscribe = useCallback((notify: () => void) => values.subscribe(key, notify), [values, key]);
  return useSyncExternalStore(subscribe, () => values.get<T>(key));
}

export const useRun = (): RunSummary | null => useStored<RunSummary | null>("run") ?? null;
export const useNode = (key: string): NodeLive | undefined => useStored<NodeLive>(`node:${key}`);
export const useProgress = (strategyId: string): GroupProgress | undefined =>
  useStored<GroupProgress>(`group:${strategyId}`);

/** Returns the status of a node's card within the shown run. */
export function viewStatus(node: NodeLive | undefined, run: RunSummary | null): ViewStatus {
  const underWay = run?.status === "running";
  if (!node) return underWay ? "waiting" : "idle";
  if (underWay && node.runId !== run.id) return "waiting";
  if (node.status === "running" && node.retryInS !== null) return "retrying";
  return node.status;
}

/** Returns the status of the card of a whole strategy. */
export function groupStatus(group: GroupProgress | undefined, run: RunSummary | null): ViewStatus {
  if (!group || !run || group.runId !== run.id) return run?.status === "running" ? "waiting" : "idle";
  if (run.status === "running") return "running";
  if (group.failed > 0) return "failed";
  if (run.status === "cancelled") return "cancelled";
  return group.finished > 0 && group.skipped === group.finished ? "skipped" : "success";
}

export type LineState = "rest" | "waiting" | "taken" | "dead";

/** Returns the state of a line. A line of a branch that was not taken, or from a node without outputs, is dead. */
export function lineState(
  source: NodeLive | undefined,
  status: ViewStatus,
  branch: string | null,
): LineState {
  switch (status) {
    case "success":
      return branch !== null && source?.branch !== null && source?.branch !== branch ? "dead" : "taken";
    case "failed":
    case "skipped":
    case "cancelled":
      return "dead";
    case "idle":
      return "rest";
    default:
      return "waiting";
  }
}
