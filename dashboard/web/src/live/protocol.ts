/** Messages of the WebSocket in the server's form. */
import type { BotSummary, NodeState, RunSummary } from "@/api/types";

export type Scope =
  { kind: "all" } | { kind: "bot"; botId: string } | { kind: "strategy"; botId: string; strategyId: string };

export type EventType =
  | "run_started"
  | "node_execution"
  | "run_finished"
  | "run_skipped"
  | "action"
  | "opportunity"
  | "bot_metrics"
  | "strategy_metrics"
  | "emergency"
  | "param_change"
  | "schedule"
  | "worker"
  | "breaker"
  | "notify"
  | "alarm";

export interface LiveEvent {
  seq: string;
  type: EventType;
  botId: string | null;
  strategyId: string | null;
  runId: string | null;
  nodeId: string | null;
  /** Epoch milliseconds. */
  timestamp: number;
  data: Record<string, unknown>;
}

export interface SnapshotData {
  bots?: BotSummary[];
  bot?: BotSummary;
  nodes?: NodeState[];
  activeRun?: RunSummary | null;
}

export type ControlMessage =
  | { type: "snapshot"; seq: string; scope: Scope; data: SnapshotData; now?: number }
  | { type: "reset"; reason: string; seq: string }
  | { type: "coalesced"; count: number }
  | { type: "pong"; now?: number }
  | { type: "heartbeat"; seq: string | null; now?: number; readAt?: number | null }
  | { type: "stream"; state: "live" | "stalled"; now: number; readAt: number | null }
  | { type: "error"; code: string; message: string };

export type ServerMessage = ControlMessage | LiveEvent;

const CONTROL = new Set(["snapshot", "reset", "coalesced", "pong", "heartbeat", "stream", "error"]);

export function isControl(message: ServerMessage): message is ControlMessage {
  return CONTROL.has(message.type);
}

/** Parses one frame: a message or a batch. Invalid messages are left out, so a bad frame ends no view. */
export function parseFrame(text: string): ServerMessage[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(value) ? value : [value]).flatMap((each: unknown) => readMessage(each) ?? []);
}

function readMessage(value: unknown): ServerMessage | null {
  if (typeof value !== "object" || value === null) return null;
  const message = value as Partial<LiveEvent>;
  if (typeof message.type !== "string") return null;
  if (CONTROL.has(message.type)) return value as ControlMessage;
  if (typeof message.seq !== "string" || typeof message.timestamp !== "number") return null;
  return {
    seq: message.seq,
    type: message.type,
    botId: message.botId ?? null,
    strategyId: message.strategyId ?? null,
    runId: message.runId ?? null,
    nodeId: message.nodeId ?? null,
    timestamp: message.timestamp,
    data: message.data ?? {},
  };
}

/** Compares two stream ids `<ms>-<n>` as numbers; an empty id is the oldest. */
export function compareSeq(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "") return -1;
  if (b === "") return 1;
  const [aMs = 0, aN = 0] = a.split("-").map(Number);
  const [bMs = 0, bN = 0] = b.split("-").map(Number);
  return aMs - bMs || aN - bN;
}

export function sameScope(a: Scope | null, b: Scope | null): boolean {
  if (a === null || b === null) return a === b;
  return scopeKey(a) === scopeKey(b);
}

export function scopeKey(scope: Scope): string {
  if (scope.kind === "all") return "all";
  return scope.kind === "bot" ? `bot/${scope.botId}` : `strategy/${scope.botId}/${scope.strategyId}`;
}
