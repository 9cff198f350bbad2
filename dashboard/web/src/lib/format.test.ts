import { describe, expect, it } from "vitest";
import {
  count,
  duration,
  humanise,
  isNumeric,
  money,
  plain,
  price,
  returnOn,
  share,
  shorten,
  tradesWon,
  trend,
} from "./format";

describe("money", () => {
  it("groups thousands, keeps two decimals and every digit of a decimal string", () => {
    expect(money("1234567.5")).toBe("$1,234,567.50");
    expect(money("9007199254740993.25")).toBe("$9,007,199,254,740,993.25");
  });
  it("signs gains and losses when asked", () => {
    expect(money("24.18", { signed: true })).toBe("+$24.18");
    expect(money("-3.2", { signed: true })).toBe("\u2212$3.20");
    expect(money(0, { signed: true })).toBe("$0.00");
  });
  it("puts a ticker behind the number", () => {
    expect(money("1000", { currency: "USDC" })).toBe("1,000.00\u202fUSDC");
  });
  it("has the decimals of its currency", () => {
    const shown = (value: string, currency: string) => money(value, { currency }).replaceAll("\u202f", " ");
    expect(shown("0.0000123", "BTC")).toBe("0.0000123 BTC");
    expect(shown("1.5", "ETH")).toBe("1.50 ETH");
    expect(shown("1234567.5", "JPY")).toBe("1,234,568 JPY");
    expect(shown("1.2345", "KWD")).toBe("1.235 KWD");
    expect(shown("1.2345", "EUR")).toBe("1.23 EUR");
    expect(shown("1.2345", "PYUSD")).toBe("1.23 PYUSD");
  });
  it("never shows a gain as nothing", () => {
    expect(money("0.0042", { signed: true })).toBe("+$0.0042");
    expect(money("-0.000000001234", { currency: "BTC" })).toContain("\u22120.0000000012");
    expect(money("0.3", { currency: "JPY" })).toContain("0.3");
  });
  it("leaves cents out of large sums when asked, and of nothing else", () => {
    expect(money("12345.67", { rounded: true })).toBe("$12,346");
    expect(money("0.5", { currency: "BTC", rounded: true })).toContain("0.50");
  });
  it("cuts no price to cents", () => {
    expect(price("0.425")).toBe("$0.425");
    expect(price("0.00001234", "BTC")).toContain("0.00001234");
  });
  it("shows a dash for what is no number", () => {
    for (const value of [null, undefined, "", "abc", Number.NaN]) expect(money(value)).toBe("–");
  });
});

describe("duration", () => {
  it.each([
    [0.2, "<1 ms"],
    [4.25, "4.3 ms"],
    [45.4, "45 ms"],
    [1240, "1.24 s"],
    [12_340, "12.3 s"],
    [123_000, "2 m 03 s"],
    [3_900_000, "1 h 05 m"],
    [null, "–"],
  ])("%s ms is %s", (ms, text) => {
    expect(duration(ms).replaceAll("\u202f", " ")).toBe(text);
  });
});

describe("shares and returns", () => {
  it("shows a share of one in percent", () => {
    expect(share("0.785", 1)).toBe("78.5\u202f%");
    expect(share(undefined)).toBe("–");
  });
  it("has no return without capital", () => {
    expect(returnOn("25", "1000")).toBe("+2.50\u202f%");
    expect(returnOn("25", "0")).toBe("–");
  });
});

describe("text", () => {
  it("humanises identifiers of either style", () => {
    expect(humanise("price_binance")).toBe("Price binance");
    expect(humanise("opportunitiesFound")).toBe("Opportunities found");
  });
  it("shortens from the middle and only what is too long", () => {
    expect(shorten("short")).toBe("short");
    expect(shorten("713210456792522125946263", 11)).toBe("71321…46263");
  });
  it("tells numbers from texts that begin like one", () => {
    expect(isNumeric("-0.48")).toBe(true);
    expect(isNumeric("12 items")).toBe(false);
    expect(plain("64210.456")).toBe("64,210.46");
    expect(plain("0.00002")).toBe("0.00002");
    expect(count(1234567)).toBe("1,234,567");
  });
  it("knows the direction of a value", () => {
    expect([trend("0.1"), trend("-2"), trend("0"), trend(null)]).toEqual(["up", "down", "flat", "flat"]);
  });
});

describe("tradesWon", () => {
  it("says how many closed trades gained", () => {
    expect(tradesWon({ trades: 1, wins: 1 })).toBe("1 of 1 won");
    expect(tradesWon({ trades: 1200, wins: 3 })).toBe("3 of 1,200 won");
    expect(tradesWon({ trades: 2 })).toBe("0 of 2 won");
  });
  it("says nothing before a trade is closed", () => {
    expect(tradesWon({})).toBe(tradesWon({ trades: 0, wins: 0 }));
    expect(tradesWon({})).not.toContain("won");
  });
});
