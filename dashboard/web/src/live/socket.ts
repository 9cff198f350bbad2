/** The tab's one WebSocket: it subscribes to the page's scope, resumes after a break, and reports its status. */
import {
  compareSeq,
  isControl,
  parseFrame,
  sameScope,
  type ControlMessage,
  type LiveEvent,
  type Scope,
  type ServerMessage,
} from "./protocol";

export type LinkStatus = "idle" | "connecting" | "live" | "reconnecting" | "paused";

export interface Link {
  status: LinkStatus;
  /** Epoch milliseconds of the last message; the view is as old as this. */
  heardAt: number | null;
  attempt: number;
  /** Epoch milliseconds of the next attempt while reconnecting. */
  retryAt: number | null;
  /** Epoch milliseconds of the server's last read while its event stream stalls; null while it reads. */
  stalledSince: number | null;
  /** Number of events that the server merged because this browser was slow. */
  coalesced: number;
  resets: number;
  /** Error of the server that refused the subscription. */
  refusal: { code: string; message: string } | null;
}

export interface Sink {
  snapshot(message: ControlMessage & { type: "snapshot" }): void;
  event(event: LiveEvent): void;
  link(link: Link): void;
  /** Takes the server's time, in Unix milliseconds. */
  time?(ms: number): void;
}

/** Used part of a WebSocket; tests pass their own. */
export type SocketLike = Pick<
  WebSocket,
  "readyState" | "send" | "close" | "onopen" | "onclose" | "onmessage"
>;

export interface SocketOptions {
  open: () => SocketLike;
  random?: () => number;
  now?: () => number;
}

/** Milliseconds of silence after which the connection is dead: two missed heartbeats of 15 s and a margin. */
export const SILENCE_MS = 35_000;
export const HIDDEN_GRACE_MS = 15_000;
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 15_000;
const OPEN = 1;

/** Returns the milliseconds before attempt number `attempt` (from 1): doubling, capped, half of it random. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

export class LiveSocket {
  readonly #sink: Sink;
  readonly #options: Required<SocketOptions>;
  #socket: SocketLike | null = null;
  #scope: Scope | null = null;
  #lastSeq: string | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #watchdog: ReturnType<typeof setTimeout> | null = null;
  #hidden: ReturnType<typeof setTimeout> | null = null;
  #link: Link = {
    status: "idle",
    heardAt: null,
    attempt: 0,
    retryAt: null,
    stalledSince: null,
    coalesced: 0,
    resets: 0,
    refusal: null,
  };

  constructor(sink: Sink, options: SocketOptions) {
    this.#sink = sink;
    this.#options = { random: Math.random, now: Date.now, ...options };
  }

  get lastSeq(): string | null {
    return this.#lastSeq;
  }

  /** Subscribes to another scope, or to none; the same scope again changes nothing. */
  show(scope: Scope | null): void {
    if (sameScope(scope, this.#scope)) return;
    this.#scope = scope;
    this.#lastSeq = null;
    this.#set({ refusal: null });
    if (scope === null) {
      this.#send({ op: "unsubscribe" });
      return;
    }
    if (this.#socket === null && this.#retry === null) this.#connect();
    else this.#subscribe();
  }

  /** Reconnects now, at a person's request. */
  retryNow(): void {
    if (this.#link.status === "live" || this.#scope === null) return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#drop();
    this.#connect();
  }

  /** Notes the tab's visibility. A hidden tab unsubscribes after a while and catches up when visible again. */
  visible(visible: boolean): void {
    if (this.#hidden !== null) clearTimeout(this.#hidden);
    this.#hidden = null;
    if (!visible) {
      this.#hidden = setTimeout(() => {
        if (this.#link.status !== "live") return;
        this.#send({ op: "unsubscribe" });
        this.#set({ status: "paused" });
      }, HIDDEN_GRACE_MS);
      return;
    }
    if (this.#link.status === "paused") {
      this.#subscribe();
      this.#set({ status: "live" });
    } else if (this.#link.status === "reconnecting") this.retryNow();
  }

  stop(): void {
    for (const timer of [this.#retry, this.#watchdog, this.#hidden]) if (timer !== null) clearTimeout(timer);
    this.#retry = this.#watchdog = this.#hidden = null;
    this.#scope = null;
    this.#drop();
    this.#set({ status: "idle" });
  }

  #connect(): void {
    if (this.#scope === null) return;
    if (this.#link.status !== "reconnecting") this.#set({ status: "connecting" });
    const socket = this.#options.open();
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#set({ attempt: 0, retryAt: null });
      this.#subscribe();
      this.#heard();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#socket !== socket || typeof data !== "string") return;
      this.#receive(data);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
    this.#watch();
  }

  #subscribe(): void {
    if (this.#scope === null) return;
    this.#send({ op: "subscribe", scope: this.#scope, after: this.#lastSeq, batch: true });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(text: string): void {
    const messages = parseFrame(text);
    if (messages.length === 0) return;
    this.#heard();
    for (const message of messages) this.#take(message);
  }

  #take(message: ServerMessage): void {
    if (!isControl(message)) {
      if (this.#scope === null || !this.#concerns(message)) return;
      if (this.#lastSeq === null || compareSeq(message.seq, this.#lastSeq) > 0) this.#lastSeq = message.seq;
      this.#sink.event(message);
      return;
    }
    if ("now" in message && typeof message.now === "number") this.#sink.time?.(message.now);
    switch (message.type) {
      case "snapshot":
        if (!this.#scope || (message.scope && !sameScope(message.scope, this.#scope))) return;
        this.#lastSeq = message.seq;
        this.#sink.snapshot(message);
        break;
      case "reset":
        this.#lastSeq = null;
        this.#set({ resets: this.#link.resets + 1 });
        break;
      case "heartbeat":
        // No event up to this seq is missing for this scope, so the next resume begins here.
        if (message.seq && this.#lastSeq !== null && compareSeq(message.seq, this.#lastSeq) > 0)
          this.#lastSeq = message.seq;
        break;
      case "stream":
        this.#set({
          stalledSince: message.state === "stalled" ? (message.readAt ?? message.now) : null,
        });
        break;
      case "coalesced":
        this.#set({ coalesced: this.#link.coalesced + message.count });
        break;
      case "error":
        this.#set({ refusal: { code: message.code, message: message.message } });
        break;
      default:
        break;
    }
  }

  /** Returns true if the event belongs to the page's scope. Frames of the previous scope may still arrive. */
  #concerns(event: LiveEvent): boolean {
    const scope = this.#scope;
    if (scope === null) return false;
    if (scope.kind === "all" || event.botId === null) return true;
    if (event.botId !== scope.botId) return false;
    return scope.kind === "bot" || event.strategyId === null || event.strategyId === scope.strategyId;
  }

  #heard(): void {
    const heardAt = this.#options.now();
    if (this.#link.status !== "live" && this.#link.status !== "paused")
      this.#set({ status: "live", heardAt });
    else this.#link = { ...this.#link, heardAt };
    this.#watch();
  }

  #watch(): void {
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#drop();
      this.#lost();
    }, SILENCE_MS);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lost(): void {
    this.#socket = null;
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = null;
    if (this.#scope === null) return;
    const attempt = this.#link.attempt + 1;
    const wait = backoff(attempt, this.#options.random());
    this.#set({ status: "reconnecting", stalledSince: null, attempt, retryAt: this.#options.now() + wait });
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#connect();
    }, wait);
  }

  #set(change: Partial<Link>): void {
    this.#link = { ...this.#link, ...change };
    this.#sink.link(this.#link);
  }
}
