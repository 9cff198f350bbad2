/** Runs made from events, and the changes of cached bots and run lists. */
import type { BotSummary, Metrics, RunStatus, RunSummary } from "@/api/types";
import type { LiveEvent } from "./protocol";

/** Number of runs in a timeline. */
export const TIMELINE_LENGTH = 100;

const NO_COUNTS: RunSummary["counts"] = { success: 0, failed: 0, skipped: 0, cancelled: 0 };

function iso(ms: unknown, otherwise: number): string {
  return new Date(typeof ms === "number" ? ms : otherwise).toISOString();
}

function str(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function num(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Returns the run of a `run_started` or `run_finished` event; `known` supplies values that the event lacks. */
export function runFromEvent(event: LiveEvent, known?: RunSummary | null): RunSummary | null {
  if (event.runId === null) return null;
  const { data } = event;
  const base: RunSummary =
    known?.id === event.runId
      ? known
      : {
          id: event.runId,
          botId: event.botId ?? "",
          kind: (str(data["kind"]) || "bot") as RunSummary["kind"],
          trigger: (str(data["trigger"]) || "schedule") as RunSummary["trigger"],
          status: "running",
          reason: "",
          correlationId: str(data["correlationId"]),
          scheduledAt: typeof data["scheduledAt"] === "number" ? iso(data["scheduledAt"], 0) : null,
          startedAt: iso(data["startedAt"], event.timestamp),
          finishedAt: null,
          durationMs: null,
          counts: NO_COUNTS,
          opportunities: 0,
          actions: 0,
        };
  if (event.type === "run_started") return base.status === "running" ? base : known ? base : null;
  if (event.type !== "run_finished") return null;
  const counts = data["counts"];
  return {
    ...base,
    status: str(data["status"]) as RunStatus,
    reason: str(data["reason"]),
    startedAt: iso(data["startedAt"], Date.parse(base.startedAt)),
    finishedAt: iso(undefined, event.timestamp),
    durationMs: num(data["durationMs"]),
    counts: typeof counts === "object" && counts !== null ? { ...NO_COUNTS, ...counts } : base.counts,
    opportunities: num(data["opportunities"]),
    actions: num(data["actions"]),
  };
}

/** Returns the list (newest first) with the run added or replaced; an ended run never becomes running again. */
export function mergeRun(
  runs: readonly RunSummary[],
  run: RunSummary,
  limit = TIMELINE_LENGTH,
): RunSummary[] {
  const at = runs.findIndex((each) => each.id === run.id);
  if (at < 0) {
    const before = runs.findIndex((each) => Date.parse(each.startedAt) <= Date.parse(run.startedAt));
    const place = before < 0 ? runs.length : before;
    return [...runs.slice(0, place), run, ...runs.slice(place)].slice(0, limit);
  }
  const found = runs[at];
  if (!found || found === run || (found.status !== "running" && run.status === "running"))
    return runs as RunSummary[];
  return runs.map((each, index) => (index === at ? run : each));
}

function metricsOf(event: LiveEvent): Metrics {
  const metrics = event.data["metrics"];
  return (typeof metrics === "object" && metrics !== null ? metrics : {}) as Metrics;
}

/** Returns the bot's summary after an event; the same object for an event of another bot. */
export function applyToBot<B extends BotSummary>(bot: B, event: LiveEvent): B {
  if (event.botId !== bot.id) return bot;
  switch (event.type) {
    case "run_started":
      return { ...bot, activeRunId: event.runId };
    case "run_finished": {
      const run = runFromEvent(event, bot.lastRun);
      if (!run) return bot;
      const active = bot.activeRunId === run.id ? null : bot.activeRunId;
      const after = { ...bot, activeRunId: active, lastRun: run };
      if (run.status !== "success" || bot.health === "ok") return after;
      return { ...after, health: "ok", warnings: bot.warnings.filter(({ code }) => code !== "failing") };
    }
    case "bot_metrics":
      return { ...bot, metrics: { ...bot.metrics, ...metricsOf(event) } };
    case "strategy_metrics":
      return {
        ...bot,
        strategies: bot.strategies.map((each) =>
          each.id === event.strategyId
            ? { ...each, metrics: { ...each.metrics, ...metricsOf(event) } }
            : each,
        ),
      };
    default:
      return bot;
  }
}
