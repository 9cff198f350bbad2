/** Live state of the page, fed by the socket and read by selectors. It uses neither React nor the network. */
import type { RunSummary } from "@/api/types";
import { mergeDeal, type Deal } from "./deals";
import { KeyedStore, type Scheduler } from "./keyed";
import { applyNodeEvent, fromState, isFinal, nodeKey, type NodeLive } from "./node";
import { compareSeq, type ControlMessage, type LiveEvent } from "./protocol";
import { runFromEvent } from "./run";

/** Progress of one strategy's nodes in the current run, for its card in the bot's diagram. */
export interface GroupProgress {
  runId: string | null;
  startedAt: number | null;
  finished: number;
  running: number;
  failed: number;
  skipped: number;
  lastAt: number;
  beat: number;
  error: string | null;
}

const RUNS_REMEMBERED = 64;

export type EventListener = (event: LiveEvent) => void;

export class LiveStore {
  readonly values: KeyedStore;
  readonly #listeners = new Set<EventListener>();
  readonly #snapshotListeners = new Set<(message: ControlMessage & { type: "snapshot" }) => void>();
  /** Seq of each run's start, to recognise late events of older runs. */
  readonly #runOrder = new Map<string, string>();

  constructor(schedule?: Scheduler) {
    this.values = new KeyedStore(schedule);
  }

  node(key: string): NodeLive | undefined {
    return this.values.get<NodeLive>(`node:${key}`);
  }

  run(): RunSummary | null {
    return this.values.get<RunSummary | null>("run") ?? null;
  }

  group(strategyId: string): GroupProgress | undefined {
    return this.values.get<GroupProgress>(`group:${strategyId}`);
  }

  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSnapshot(listener: (message: ControlMessage & { type: "snapshot" }) => void): () => void {
    this.#snapshotListeners.add(listener);
    return () => this.#snapshotListeners.delete(listener);
  }

  /** Removes the state of the previous scope. */
  forget(): void {
    for (const prefix of ["node:", "group:", "run", "deals"]) this.values.clear(prefix);
    this.#runOrder.clear();
  }

  snapshot(message: ControlMessage & { type: "snapshot" }): void {
    this.forget();
    const { data, seq } = message;
    const active = data.activeRun ?? null;
    const last = active ?? data.bot?.lastRun ?? null;
    this.values.set("run", last);
    if (last) this.#runOrder.set(last.id, seq);
    for (const state of data.nodes ?? []) {
      const node = fromState(state, seq);
      this.values.set(`node:${nodeKey(node.strategyId, node.nodeId)}`, node);
      this.#countGroup(node, undefined);
    }
    for (const listener of this.#snapshotListeners) listener(message);
  }

  event(event: LiveEvent): void {
    switch (event.type) {
      case "node_execution":
        this.#nodeExecution(event);
        break;
      case "run_started":
      case "run_finished":
        this.#runEvent(event);
        break;
      case "action":
      case "opportunity":
        this.#deal(event);
        break;
      default:
        break;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #nodeExecution(event: LiveEvent): void {
    if (event.nodeId === null) return;
    const key = `node:${nodeKey(event.strategyId, event.nodeId)}`;
    const before = this.values.get<NodeLive>(key);
    const after = applyNodeEvent(before, event);
    if (after === before) return;
    if (before && this.#isOlderRun(event.runId, before.runId)) {
      // An execution of an older, overlapping run counts, but the card keeps the newer state.
      this.values.set(key, { ...before, executions: after.executions, successes: after.successes });
      return;
    }
    this.values.set(key, after);
    this.#countGroup(after, before);
  }

  #isOlderRun(runId: string | null, shown: string | null): boolean {
    if (runId === null || shown === null || runId === shown) return false;
    const order = this.#runOrder.get(runId);
    const shownOrder = this.#runOrder.get(shown);
    return order !== undefined && shownOrder !== undefined && compareSeq(order, shownOrder) < 0;
  }

  #runEvent(event: LiveEvent): void {
    if (event.runId === null) return;
    const shown = this.run();
    if (event.type === "run_started") {
      if (this.#runOrder.has(event.runId) && shown?.id === event.runId && shown.status !== "running") return;
      this.#runOrder.set(event.runId, event.seq);
      if (this.#runOrder.size > RUNS_REMEMBERED) {
        const oldest = this.#runOrder.keys().next().value;
        if (oldest !== undefined) this.#runOrder.delete(oldest);
      }
    }
    if (shown && this.#isOlderRun(event.runId, shown.id)) return;
    const run = runFromEvent(event, shown);
    if (run) this.values.set("run", run);
  }

  #countGroup(after: NodeLive, before: NodeLive | undefined): void {
    if (after.strategyId === null) return;
    const key = `group:${after.strategyId}`;
    const found = this.values.get<GroupProgress>(key);
    const fresh = !found || found.runId !== after.runId;
    if (found && fresh && this.#isOlderRun(after.runId, found.runId)) return;
    const group: GroupProgress = fresh
      ? {
          runId: after.runId,
          startedAt: after.startedAt,
          finished: 0,
          running: 0,
          failed: 0,
          skipped: 0,
          lastAt: 0,
          beat: found?.beat ?? 0,
          error: null,
        }
      : { ...found };
    const wasRunning = !fresh && before?.runId === after.runId && before?.status === "running";
    if (wasRunning) group.running -= 1;
    if (after.status === "running") group.running += 1;
    if (isFinal(after.status)) {
      group.finished += 1;
      if (after.status === "failed") {
        group.failed += 1;
        group.error ??= after.error?.message ?? "failed";
      }
      if (after.status === "skipped") group.skipped += 1;
      if (after.status === "success") group.beat += 1;
    }
    group.lastAt = Math.max(group.lastAt, (after.startedAt ?? 0) + (after.executionTimeMs ?? 0));
    this.values.set(key, group);
  }

  #deal(event: LiveEvent): void {
    this.values.set("deals", mergeDeal(this.values.get<Deal[]>("deals") ?? [], event));
  }
}
