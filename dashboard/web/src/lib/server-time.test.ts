import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byServer, forgetServerTime, learnServerTime, serverNow } from "./server-time";

const SERVER = Date.UTC(2026, 1, 2, 11);

describe("the server's time", () => {
  beforeEach(() => void vi.useFakeTimers({ now: SERVER + 90_000 }));
  afterEach(() => {
    vi.useRealTimers();
    forgetServerTime();
  });

  it("is the browser's until the server has spoken, then the server's", () => {
    expect(serverNow()).toBe(SERVER + 90_000);
    learnServerTime(SERVER, 20);
    expect(serverNow()).toBeCloseTo(SERVER + 10, 0);
    vi.advanceTimersByTime(5_000);
    expect(serverNow()).toBeCloseTo(SERVER + 5_010, 0);
  });

  it("does not follow the browser's clock when that is set", () => {
    learnServerTime(SERVER, 0);
    vi.setSystemTime(SERVER - 3_600_000);
    expect(serverNow()).toBeCloseTo(SERVER, 0);
  });

  it("keeps the answer that came quickest, unless the server's time is another one", () => {
    learnServerTime(SERVER, 10);
    learnServerTime(SERVER + 400, 900);
    expect(serverNow()).toBeCloseTo(SERVER + 5, 0);
    learnServerTime(SERVER + 60_000, 900);
    expect(serverNow()).toBeCloseTo(SERVER + 60_450, 0);
  });

  it("takes no time from what is none, and moves moments the browser noted", () => {
    learnServerTime(Number.NaN, 0);
    learnServerTime(0, 0);
    expect(serverNow()).toBe(Date.now());
    learnServerTime(SERVER, 0);
    expect(byServer(Date.now() - 4_000)).toBeCloseTo(SERVER - 4_000, 0);
  });
});
