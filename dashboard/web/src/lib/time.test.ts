import { describe, expect, it } from "vitest";
import { localTime, relative, toMillis, utcTime } from "./time";

const NOON = Date.UTC(2026, 1, 2, 11, 0, 5, 38);

describe("times", () => {
  it("are local, with UTC at hand", () => {
    expect(localTime("2026-02-02T11:00:05.038Z", NOON)).toBe("12:00:05");
    expect(utcTime(NOON)).toBe("2026-02-02 11:00:05.038 UTC");
  });
  it("name the day when it is another one", () => {
    expect(localTime("2026-01-31T11:00:05Z", NOON)).toBe("31 Jan, 12:00:05");
  });
  it("tell the distance to now in whole seconds", () => {
    const text = (away: number) => relative(NOON + away, NOON).replaceAll("\u202f", " ");
    expect(text(-12_900)).toBe("12 s ago");
    expect(text(250_000)).toBe("in 4 m 10 s");
    expect(text(-300)).toBe("just now");
  });
  it("refuse what is no time", () => {
    expect(toMillis("soon")).toBeNull();
    expect(localTime(null)).toBe("–");
  });
});
