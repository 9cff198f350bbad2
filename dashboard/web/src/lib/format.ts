/** Number on the wire; decimals are strings, so that no digit is lost. */
export type Numeric = string | number | null | undefined;

export const NONE = "–";
const DECIMAL = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const THIN = "\u202f";

export function isNumeric(value: unknown): value is string | number {
  return typeof value === "number"
    ? Number.isFinite(value)
    : typeof value === "string" && DECIMAL.test(value);
}

/** Returns the value as a number, for comparison and drawing, never for sums of money; null if it is no number. */
export function toNumber(value: Numeric): number | null {
  return isNumeric(value) ? Number(value) : null;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let made = formatters.get(key);
  if (!made) {
    made = new Intl.NumberFormat("en-US", options);
    formatters.set(key, made);
  }
  return made;
}

function render(value: string | number, options: Intl.NumberFormatOptions): string {
  // Intl formats a decimal string exactly, but its TypeScript type accepts only numbers.
  const text = formatter(options).format(value as number);
  return text.replace("-", "\u2212");
}

export interface MoneyOptions {
  /** Puts a plus sign before gains. */
  signed?: boolean;
  /** Leaves out the cents of large and of whole sums. */
  rounded?: boolean;
  /** ISO code or ticker (USDC). Dollars get their sign, other currencies their name after the number. */
  currency?: string | undefined;
}

/** Tickers pegged to a national currency, shown with two decimals. */
const PEGGED = new Set(
  "USDC USDT USDS USDE USDP USDD TUSD BUSD FDUSD GUSD PUSD PYUSD RLUSD DAI EURC EURT EURS".split(" "),
);
const COIN_DECIMALS = 8;
/** Amount from which cents are left out. */
const LARGE = 1_000;

function isWorldCurrency(currency: string): boolean {
  return Intl.supportedValuesOf("currency").includes(currency);
}

/**
 * Returns the decimals of a currency: those of ISO 4217 (two for the dollar, none for the yen), two for pegged
 * coins. Other coins have two to eight.
 */
export function decimalsOf(currency: string): { least: number; most: number } {
  if (isWorldCurrency(currency)) {
    const { maximumFractionDigits = 2 } = formatter({ style: "currency", currency }).resolvedOptions();
    return { least: maximumFractionDigits, most: maximumFractionDigits };
  }
  return PEGGED.has(currency) ? { least: 2, most: 2 } : { least: 2, most: COIN_DECIMALS };
}

/**
 * Formats money with its currency's decimals and thousands separators: `$1,234.50`, `1,234.50 USDC`,
 * `0.0000123 BTC`. An amount that would round to zero keeps two digits: a gain of a hundredth of a cent is not
 * `+$0.00`.
 */
export function money(value: Numeric, options: MoneyOptions = {}): string {
  if (!isNumeric(value)) return NONE;
  const { currency = "USD", rounded = false } = options;
  const { least, most } = decimalsOf(currency);
  const size = Math.abs(Number(value));
  const whole = rounded && (size >= LARGE || Number.isInteger(size));
  const digits: Intl.NumberFormatOptions =
    size > 0 && size < 0.5 * 10 ** -most
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: whole ? 0 : least, maximumFractionDigits: whole ? 0 : most };
  const base = { ...digits, signDisplay: options.signed ? "exceptZero" : "negative" } as const;
  return inCurrency(value, currency, base);
}

/** Formats a price with up to eight decimals: `$0.425`, `0.00001234 BTC`. */
export function price(value: Numeric, currency = "USD"): string {
  if (!isNumeric(value)) return NONE;
  const least = Math.min(decimalsOf(currency).least, 2);
  return inCurrency(value, currency, { minimumFractionDigits: least, maximumFractionDigits: 8 });
}

function inCurrency(value: string | number, currency: string, digits: Intl.NumberFormatOptions): string {
  if (currency === "USD") return render(value, { ...digits, style: "currency", currency });
  return `${render(value, digits)}${THIN}${currency}`;
}

/** Formats a count with thousands separators. */
export function count(value: Numeric): string {
  return isNumeric(value) ? render(value, { maximumFractionDigits: 0 }) : NONE;
}

/** Formats a fraction of one (0.78) as `78 %`. */
export function share(value: Numeric, decimals = 0): string {
  if (!isNumeric(value)) return NONE;
  return `${render(Number(value) * 100, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}${THIN}%`;
}

/** Formats closed trades and winning trades: `3 of 4 won`. */
export function tradesWon(metrics: Record<string, Numeric>): string {
  const closed = toNumber(metrics["trades"]);
  if (closed === null || closed === 0) return NONE;
  return `${count(metrics["wins"] ?? 0)} of ${count(closed)} won`;
}

/** Formats profit as a signed percentage of capital; both are decimals. */
export function returnOn(profit: Numeric, capital: Numeric): string {
  const base = toNumber(capital);
  const gain = toNumber(profit);
  if (gain === null || base === null || base <= 0) return NONE;
  const text = render((gain / base) * 100, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  });
  return `${text}${THIN}%`;
}

/** Formats a number with thousands separators and at most eight decimals. */
export function plain(value: string | number): string {
  const digits = Math.abs(Number(value)) >= 1000 ? 2 : 8;
  return render(value, { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

/** Formats milliseconds as `45 ms`, `1.24 s`, `2 m 03 s` or `1 h 05 m`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  if (ms < 1) return `<1${THIN}ms`;
  if (ms < 10) return `${ms.toFixed(1)}${THIN}ms`;
  if (ms < 1000) return `${Math.round(ms)}${THIN}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)}${THIN}s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}${THIN}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${THIN}m ${pad(seconds % 60)}${THIN}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}${THIN}h ${pad(minutes % 60)}${THIN}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** Formats the bytes of a text as `612 B` or `4.2 kB`. */
export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes}${THIN}B` : `${(bytes / 1000).toFixed(1)}${THIN}kB`;
}

/** Formats a name such as `price_binance` or `upBook` as `Price binance`, `Up book`. */
export function humanise(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_\-.]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Shortens a long identifier to its first and last characters. */
export function shorten(text: string, keep = 18): string {
  if (text.length <= keep) return text;
  const head = Math.ceil((keep - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (keep - 1 - head))}`;
}

/** Returns the sign of a number, for colour and arrow. */
export function trend(value: Numeric): "up" | "down" | "flat" {
  const number = toNumber(value);
  if (number === null || number === 0) return "flat";
  return number > 0 ? "up" : "down";
}
