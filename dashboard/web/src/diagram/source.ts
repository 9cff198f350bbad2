/** Where a diagram takes its states from: the live store, or a store that holds one finished run. */
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

/** A store that shows one run as it was. */
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

/** What a card says of its node, given the run that is shown. */
export function viewStatus(node: NodeLive | undefined, run: RunSummary | null): ViewStatus {
  const underWay = run?.status === "running";
  if (!node) return underWay ? "waiting" : "idle";
  if (underWay && node.runId !== run.id) return "waiting";
  if (node.status === "running" && node.retryInS !== null) return "retrying";
  return node.status;
}

/** The state of the card that stands for a whole strategy. */
export function groupStatus(group: GroupProgress | undefined, run: RunSummary | null): ViewStatus {
  if (!group || !run || group.runId !== run.id) return run?.status === "running" ? "waiting" : "idle";
  if (run.status === "running") return "running";
  if (group.failed > 0) return "failed";
  if (run.status === "cancelled") return "cancelled";
  return group.finished > 0 && group.skipped === group.finished ? "skipped" : "success";
}

export type LineState = "rest" | "waiting" | "taken" | "dead";

/** Whether data went along a line: a line of a branch not taken, or from a node that gave nothing, is dead. */
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
