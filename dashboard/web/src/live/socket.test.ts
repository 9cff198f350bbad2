import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { execution } from "./events.fixture";
import { backoff, HIDDEN_GRACE_MS, LiveSocket, SILENCE_MS, type Link, type SocketLike } from "./socket";

/** Fake server at the other end of the socket. */
class Line {
  readyState = 0;
  sent: { op: string; scope?: unknown; after?: string | null }[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text) as { op: string });
  }
  close() {
    this.closed = true;
  }
  accept() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  break() {
    this.readyState = 3;
    this.onclose?.();
  }
}

const scope = { kind: "bot", botId: "b1" } as const;

function setUp() {
  const lines: Line[] = [];
  const links: Link[] = [];
  const events: string[] = [];
  const snapshots: string[] = [];
  const socket = new LiveSocket(
    { snapshot: (m) => snapshots.push(m.seq), event: (e) => events.push(e.seq), link: (l) => links.push(l) },
    {
      open: () => {
        const line = new Line();
        lines.push(line);
        return line as unknown as SocketLike;
      },
      random: () => 1,
    },
  );
  const last = () => {
    const line = lines.at(-1);
    if (!line) throw new Error("no line was opened");
    return line;
  };
  return { socket, lines, last, links, events, snapshots, link: () => links.at(-1) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("LiveSocket", () => {
  it("subscribes when open and is live with the first frame", () => {
    const { socket, last, link, snapshots } = setUp();
    socket.show(scope);
    expect(link()?.status).toBe("connecting");
    last().accept();
    expect(last().sent).toEqual([{ op: "subscribe", scope, after: null, batch: true }]);
    last().say({ type: "snapshot", seq: "5-0", scope: { ...scope, strategyId: null }, data: {} });
    expect(snapshots).toEqual(["5-0"]);
    expect(link()?.status).toBe("live");
  });

  it("resumes after the newest event it saw, even when frames came out of order", () => {
    const { socket, last, lines, link } = setUp();
    socket.show(scope);
    last().accept();
    last().say({ type: "snapshot", seq: "5-0", scope, data: {} });
    last().say(execution("9-10", "a", { status: "success" }));
    last().say(execution("9-9", "b", { status: "success" }));
    last().break();
    expect(link()).toMatchObject({ status: "reconnecting", attempt: 1 });
    vi.advanceTimersByTime(backoff(1, 1));
    expect(lines).toHaveLength(2);
    last().accept();
    expect(last().sent[0]).toEqual({ op: "subscribe", scope, after: "9-10", batch: true });
  });

  it("asks for everything again after a reset", () => {
    const { socket, last } = setUp();
    socket.show(scope);
    last().accept();
    last().say({ type: "snapshot", seq: "5-0", scope, data: {} });
    last().say({ type: "reset", reason: "too_old", seq: "80-0" });
    expect(socket.lastSeq).toBeNull();
  });

  it("waits longer with each failure, up to a cap, and starts again from the beginning after a success", () => {
    expect([1, 2, 3, 10].map((attempt) => backoff(attempt, 1))).toEqual([400, 800, 1600, 15_000]);
    expect(backoff(10, 0)).toBe(7_500);
    const { socket, last, links } = setUp();
    socket.show(scope);
    for (const attempt of [1, 2, 3]) {
      last().break();
      expect(links.at(-1)?.attempt).toBe(attempt);
      vi.advanceTimersByTime(backoff(attempt, 1));
    }
    last().accept();
    last().break();
    expect(links.at(-1)?.attempt).toBe(1);
  });

  it("takes a silent line for a dead one", () => {
    const { socket, last, lines, link } = setUp();
    socket.show(scope);
    last().accept();
    const first = last();
    vi.advanceTimersByTime(SILENCE_MS - 1);
    last().say({ type: "heartbeat", seq: "7-0" });
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(link()?.status).toBe("live");
    vi.advanceTimersByTime(1);
    expect(first.closed).toBe(true);
    expect(link()?.status).toBe("reconnecting");
    expect(lines).toHaveLength(1);
  });

  it("stops listening in a hidden tab and catches up when it is seen again", () => {
    const { socket, last, link } = setUp();
    socket.show(scope);
    last().accept();
    last().say({ type: "snapshot", seq: "5-0", scope, data: {} });
    socket.visible(false);
    vi.advanceTimersByTime(HIDDEN_GRACE_MS);
    expect(link()?.status).toBe("paused");
    expect(last().sent.at(-1)).toEqual({ op: "unsubscribe" });
    socket.visible(true);
    expect(last().sent.at(-1)).toEqual({ op: "subscribe", scope, after: "5-0", batch: true });
    expect(link()?.status).toBe("live");
  });

  it("changes the scope on the same line and drops frames of the one left", () => {
    const { socket, last, lines, events, snapshots } = setUp();
    socket.show({ kind: "all" });
    last().accept();
    socket.show(scope);
    last().say({ type: "snapshot", seq: "4-0", scope: { kind: "all" }, data: { bots: [] } });
    last().say(execution("5-0", "a", {}, { botId: "other" }));
    last().say(execution("6-0", "a", {}));
    expect(lines).toHaveLength(1);
    expect(snapshots).toEqual([]);
    expect(events).toEqual(["6-0"]);
  });

  it("survives frames that are no messages and shows a refusal", () => {
    const { socket, last, link } = setUp();
    socket.show(scope);
    last().accept();
    for (const data of ["", "nonsense", "[]", "null", '{"type":7}', '{"type":"node_execution"}']) {
      last().onmessage?.({ data });
    }
    last().say({ type: "error", code: "unknown_bot", message: "There is no bot b1." });
    expect(link()?.refusal).toEqual({ code: "unknown_bot", message: "There is no bot b1." });
  });
});

describe("batches and the state of the stream", () => {
  it("asks for batches and takes each message of one", () => {
    const { socket, last, events } = setUp();
    socket.show(scope);
    last().accept();
    expect(last().sent[0]).toMatchObject({ op: "subscribe", batch: true });
    last().say([execution("1-0", "n", {}), execution("2-0", "n", {}), 7, execution("3-0", "n", {})]);
    expect(events).toEqual(["1-0", "2-0", "3-0"]);
    expect(socket.lastSeq).toBe("3-0");
  });

  it("knows since when the server cannot read the stream, until it can", () => {
    const { socket, last, link } = setUp();
    socket.show(scope);
    last().accept();
    last().say({ type: "stream", state: "stalled", now: 9_000, readAt: 5_000 });
    expect(link()).toMatchObject({ status: "live", stalledSince: 5_000 });
    last().say({ type: "stream", state: "live", now: 9_500, readAt: 9_500 });
    expect(link()?.stalledSince).toBeNull();
    last().say({ type: "stream", state: "stalled", now: 9_900, readAt: null });
    last().break();
    expect(link()).toMatchObject({ status: "reconnecting", stalledSince: null });
  });
});
