/** Map that notifies readers of changed keys once an animation frame. */

export type Scheduler = (flush: () => void) => void;

/** Runs once a frame. A hidden tab has no frames; there it runs after half a second. */
export const perFrame: Scheduler = (flush) => {
  if (typeof document !== "undefined" && document.visibilityState === "visible") requestAnimationFrame(flush);
  else setTimeout(flush, 500);
};

export class KeyedStore {
  readonly #values = new Map<string, unknown>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #dirty = new Set<string>();
  readonly #schedule: Scheduler;
  #scheduled = false;

  constructor(schedule: Scheduler = perFrame) {
    this.#schedule = schedule;
  }

  get<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  set(key: string, value: unknown): void {
    if (Object.is(this.#values.get(key), value)) return;
    this.#values.set(key, value);
    this.#mark(key);
  }

  /** Removes every key that begins with `prefix`. */
  clear(prefix: string): void {
    for (const key of [...this.#values.keys()]) {
      if (!key.startsWith(prefix)) continue;
      this.#values.delete(key);
      this.#mark(key);
    }
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix));
  }

  subscribe(key: string, listener: () => void): () => void {
    let set = this.#listeners.get(key);
    if (!set) {
      set = new Set();
      this.#listeners.set(key, set);
    }
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#listeners.delete(key);
    };
  }

  #mark(key: string): void {
    this.#dirty.add(key);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.flush());
  }

  /** Notifies the readers now. */
  flush(): void {
    this.#scheduled = false;
    const changed = [...this.#dirty];
    this.#dirty.clear();
    for (const key of changed) {
      for (const listener of this.#listeners.get(key) ?? []) listener();
    }
  }
}
