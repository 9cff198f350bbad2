/** Copies live events into the query cache, once a frame, so that all pages show the same state. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type {
  BotDetail,
  BotSummary,
  EmergencyHistory,
  EmergencyItem,
  EmergencyOverview,
  RunSummary,
  StrategyView,
  SystemStatus,
} from "@/api/types";
import { changeFromEvent, itemOf, withChange, withItem, withPlatform } from "./emergency";
import { perFrame, type Scheduler } from "./keyed";
import type { LiveEvent } from "./protocol";
import { applyToBot, mergeRun, runFromEvent } from "./run";
import type { LiveStore } from "./store";

interface Items<T> {
  items: T[];
}

/** Events that change recent activity. It is read again at long intervals, because bots act every second. */
const NOTEWORTHY = new Set(["action", "breaker", "worker", "notify", "param_change", "schedule"]);
const ACTIVITY_EVERY_MS = 15_000;
/** Events that a person must read at once. */
const PRESSING = new Set(["emergency", "alarm"]);
const PRESSING_EVERY_MS = 1_000;
/** Events that may change the use of a limit. */
const RISKY = new Set(["action", "emergency", "param_change"]);
const RISK_EVERY_MS = 2_000;
/** Newest events of runs that are kept for replies over HTTP. */
const RECENT_RUNS = 400;

export function connectCache(
  store: LiveStore,
  cache: QueryClient,
  schedule: Scheduler = perFrame,
): () => void {
  let queue: LiveEvent[] = [];
  let recent: LiveEvent[] = [];
  const readActivity = () => cache.invalidateQueries({ queryKey: keys.activity });
  const activity = throttled(ACTIVITY_EVERY_MS, readActivity);
  const pressing = throttled(PRESSING_EVERY_MS, readActivity);
  const risk = throttled(RISK_EVERY_MS, () => cache.invalidateQueries({ queryKey: keys.risk }));

  const flush = () => {
    const events = queue;
    queue = [];
    applyEvents(cache, events);
  };
  const offEvent = store.onEvent((event) => {
    if (PRESSING.has(event.type)) pressing.soon();
    else if (isNoteworthy(event)) activity.soon();
    if (RISKY.has(event.type)) risk.soon();
    if (event.type === "emergency") applyEmergency(cache, event);
    if (event.type === "emergency" || event.type === "worker") {
      void cache.invalidateQueries({ queryKey: keys.system });
    }
    if (event.type === "emergency" || event.type === "schedule") {
      void cache.invalidateQueries({ queryKey: keys.bots });
      if (event.botId !== null) void cache.invalidateQueries({ queryKey: keys.bot(event.botId) });
    }
    if (event.type === "node_execution") return;
    if (event.type === "run_started" || event.type === "run_finished")
      recent = [...recent.slice(1 - RECENT_RUNS), event];
    queue.push(event);
    if (queue.length === 1) schedule(flush);
  });
  const offSnapshot = store.onSnapshot(({ data }) => {
    const { bots, bot } = data;
    if (bots) cache.setQueryData<Items<BotSummary>>(keys.bots, { items: bots });
    if (bot) cache.setQueryData<BotDetail>(keys.bot(bot.id), (old) => (old ? { ...old, ...bot } : old));
  });
  // A reply over HTTP may be older than events that were applied while it was on its way.
  const offReply = cache.getQueryCache().subscribe(({ type, query, ...rest }) => {
    if (type !== "updated" || !("action" in rest)) return;
    if (rest.action.type === "success" && !rest.action.manual) applyRecent(cache, query.queryKey, recent);
  });
  return () => {
    offReply();
    offEvent();
    offSnapshot();
    activity.stop();
    pressing.stop();
    risk.stop();
  };
}

/**
 * Returns true for an event of recent activity. Successful runs are on the bot's card, skipped runs in its
 * warnings.
 */
function isNoteworthy(event: LiveEvent): boolean {
  return NOTEWORTHY.has(event.type) || (event.type === "run_finished" && event.data["status"] === "failed");
}

/** Returns a function that calls `call` at most once in `ms`, at the end of that time. */
function throttled(ms: number, call: () => unknown) {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = null;
        call();
      }, ms);
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Updates every cached copy of one scope's state. */
export function putEmergency(cache: QueryClient, item: EmergencyItem): void {
  cache.setQueryData<SystemStatus>(keys.system, (old) => old && withPlatform(old, item));
  cache.setQueryData<EmergencyOverview>(keys.emergency, (old) => old && withItem(old, item));
}

/**
 * Applies an emergency event at once. A hidden tab draws no frames, and it must show the stop when it is
 * visible again.
 */
function applyEmergency(cache: QueryClient, event: LiveEvent): void {
  const change = changeFromEvent(event);
  if (change) {
    putEmergency(cache, itemOf(change));
    cache.setQueryData<EmergencyHistory>(keys.emergencyHistory, (old) => old && withChange(old, change));
  }
  void cache.invalidateQueries({ queryKey: keys.emergency });
  void cache.invalidateQueries({ queryKey: keys.emergencyHistory });
}

/** Applies a batch to every cached bot and run list of its bots. */
export function applyEvents(cache: QueryClient, events: readonly LiveEvent[]): void {
  if (events.length === 0) return;
  cache.setQueryData<Items<BotSummary>>(keys.bots, (old) => {
    if (!old) return old;
    let changed = false;
    const items = old.items.map((bot) => {
      const after = events.reduce(applyToBot, bot);
      if (after !== bot) changed = true;
      return after;
    });
    return changed ? { ...old, items } : old;
  });
  for (const botId of new Set(events.map((event) => event.botId))) {
    if (botId === null) continue;
    const own = events.filter((event) => event.botId === botId);
    cache.setQueryData<BotDetail>(keys.bot(botId), (old) =>
      old ? own.reduce(applyToBot<BotDetail>, old) : old,
    );
    cache.setQueryData<Items<RunSummary>>(keys.runs(botId), (old) => {
      if (!old) return old;
      const items = own.reduce(applyRun, old.items);
      return items === old.items ? old : { ...old, items };
    });
    cache.setQueriesData<StrategyView>({ queryKey: ["strategy", botId] }, (old) => {
      if (!old) return old;
      const runs = own.reduce(applyRun, old.runs);
      return runs === old.runs ? old : { ...old, runs };
    });
  }
}

/** Applies recent events of runs to a list of runs that was just read: an ended run stays ended. */
function applyRecent(cache: QueryClient, key: QueryKey, recent: readonly LiveEvent[]): void {
  const own = recent.filter((event) => event.botId === key[1]);
  if (own.length === 0) return;
  if (key[0] === "runs")
    cache.setQueryData<Items<RunSummary>>(
      key,
      (old) => old && { ...old, items: own.reduce(applyRun, old.items) },
    );
  if (key[0] === "strategy")
    cache.setQueryData<StrategyView>(key, (old) => old && { ...old, runs: own.reduce(applyRun, old.runs) });
}

function applyRun(runs: RunSummary[], event: LiveEvent): RunSummary[] {
  if (event.type !== "run_started" && event.type !== "run_finished") return runs;
  const run = runFromEvent(
    event,
    runs.find((each) => each.id === event.runId),
  );
  return run ? mergeRun(runs, run) : runs;
}
