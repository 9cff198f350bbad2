/** State of one node, and its change by an event. The functions are pure, so repeated events are harmless. */
import type { NodeState, NodeStatus } from "@/api/types";
import { toMillis } from "@/lib/time";
import { compareSeq, type LiveEvent } from "./protocol";

export interface NodeLive {
  nodeId: string;
  strategyId: string | null;
  runId: string | null;
  status: NodeStatus;
  attempt: number;
  /** Epoch milliseconds. */
  startedAt: number | null;
  executionTimeMs: number | null;
  outputs: Record<string, unknown>;
  inputs: Record<string, unknown> | null;
  truncated: boolean;
  error: { code: string; message: string; traceback?: string | null } | null;
  reason: string | null;
  branch: string | null;
  worker: string | null;
  tweaked: boolean;
  retryInS: number | null;
  executions: number;
  successes: number;
  /** Number of successful executions seen; each increase starts a pulse on the edges. */
  beat: number;
  seq: string;
}

const FINAL: ReadonlySet<NodeStatus> = new Set(["success", "failed", "skipped", "cancelled"]);

export function isFinal(status: NodeStatus): boolean {
  return FINAL.has(status);
}

/** Returns the store's key of a node. The id alone is unique only inside its workflow. */
export function nodeKey(strategyId: string | null, nodeId: string): string {
  return `${strategyId ?? ""}/${nodeId}`;
}

export function fromState(state: NodeState, seq: string): NodeLive {
  const executions = state.executions ?? 0;
  return {
    nodeId: state.nodeId,
    strategyId: state.strategyId ?? null,
    runId: state.runId,
    status: state.status,
    attempt: state.attempt,
    startedAt: toMillis(state.startedAt),
    executionTimeMs: state.executionTimeMs ?? null,
    outputs: state.outputs ?? {},
    inputs: state.inputs ?? null,
    truncated: state.truncated,
    error: state.error ?? null,
    reason: state.reason ?? null,
    branch: state.branch ?? null,
    worker: state.worker ?? null,
    tweaked: state.tweaked,
    retryInS: null,
    executions,
    successes: Math.round(executions * (state.successRate ?? 0)),
    beat: 0,
    seq,
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function errorOf(value: unknown): NodeLive["error"] {
  if (typeof value === "string") return { code: "error", message: value };
  const found = record(value);
  if (!found) return null;
  const traceback = text(found["traceback"]);
  return {
    code: text(found["code"]) ?? "error",
    message: text(found["message"]) ?? "failed",
    ...(traceback ? { traceback } : {}),
  };
}

/**
 * Returns the node after `event`; the same object if nothing changes. An event changes nothing if it is not
 * newer, of an older attempt, or of an attempt that has ended.
 */
export function applyNodeEvent(before: NodeLive | undefined, event: LiveEvent): NodeLive {
  const { data } = event;
  const status = data["status"] as NodeStatus;
  const attempt = typeof data["attempt"] === "number" ? data["attempt"] : 1;
  if (before) {
    if (compareSeq(event.seq, before.seq) <= 0) return before;
    if (before.runId === event.runId) {
      if (attempt < before.attempt) return before;
      if (attempt === before.attempt && isFinal(before.status)) return before;
    }
  }
  const ran = status === "success" || status === "failed";
  const success = status === "success";
  const retryIn = data["retryIn"];
  return {
    nodeId: event.nodeId ?? "",
    strategyId: event.strategyId,
    runId: event.runId,
    status,
    attempt,
    startedAt: typeof data["startedAt"] === "number" ? data["startedAt"] : event.timestamp,
    executionTimeMs: typeof data["executionTimeMs"] === "number" ? data["executionTimeMs"] : null,
    outputs: record(data["outputs"]) ?? (success ? {} : (before?.outputs ?? {})),
    inputs: record(data["inputs"]) ?? (ran ? null : (before?.inputs ?? null)),
    truncated: data["truncated"] === true,
    error: errorOf(data["error"]),
    reason: text(data["reason"]),
    branch: text(data["branch"]),
    worker: text(data["worker"]),
    tweaked: data["tweaked"] === true,
    retryInS: typeof retryIn === "number" ? retryIn : null,
    executions: (before?.executions ?? 0) + (ran ? 1 : 0),
    successes: (before?.successes ?? 0) + (success ? 1 : 0),
    beat: (before?.beat ?? 0) + (success ? 1 : 0),
    seq: event.seq,
  };
}
