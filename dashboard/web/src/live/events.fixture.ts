import type { BotSummary, NodeState, RunSummary } from "@/api/types";
import type { EventType, LiveEvent } from "./protocol";

/** Returns an event of run `r1` of bot `b1` in the server's form. */
export function event(
  type: EventType,
  seq: string,
  data: Record<string, unknown>,
  rest: Partial<LiveEvent> = {},
): LiveEvent {
  return {
    seq,
    type,
    botId: "b1",
    strategyId: null,
    runId: "r1",
    nodeId: null,
    timestamp: 1_770_030_000_000,
    data,
    ...rest,
  };
}

export function execution(
  seq: string,
  nodeId: string,
  data: Record<string, unknown>,
  rest: Partial<LiveEvent> = {},
): LiveEvent {
  return event("node_execution", seq, { attempt: 1, outputs: {}, ...data }, { nodeId, ...rest });
}

export function run(id: string, over: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    botId: "b1",
    kind: "bot",
    trigger: "schedule",
    status: "success",
    reason: null,
    correlationId: null,
    scheduledAt: null,
    startedAt: "2026-02-02T11:00:00.000Z",
    finishedAt: "2026-02-02T11:00:01.000Z",
    durationMs: 1000,
    counts: { success: 1, failed: 0, skipped: 0, cancelled: 0 },
    opportunities: 0,
    actions: 0,
    ...over,
  };
}

export function bot(over: Partial<BotSummary> = {}): BotSummary {
  return {
    id: "b1",
    name: "Bot",
    domain: "trading",
    mode: "paper",
    state: "running",
    health: "ok",
    warnings: [],
    baseCurrency: "USD",
    scheduleText: "every 5 s",
    nextRunAt: null,
    activeRunId: null,
    lastRun: null,
    metrics: { pnl: "1.00", capital: "100" },
    strategies: [{ id: "s1", strategy: "t", name: "S", enabled: true, weight: "0.5", metrics: { pnl: "1" } }],
    ...over,
  };
}

export function state(nodeId: string, over: Partial<NodeState> = {}): NodeState {
  return {
    nodeId,
    strategyId: null,
    runId: "r1",
    type: "t",
    status: "success",
    attempt: 1,
    startedAt: "2026-02-02T11:00:00.000Z",
    executionTimeMs: 5,
    outputs: {},
    inputs: null,
    truncated: false,
    tweaked: false,
    error: null,
    reason: null,
    branch: null,
    worker: null,
    executions: 10,
    successRate: 0.9,
    ...over,
  };
}
