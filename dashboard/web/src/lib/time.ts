import { useSyncExternalStore } from "react";
import { duration, NONE } from "./format";
import { serverNow } from "./server-time";

export type Instant = string | number | Date | null | undefined;

/** Returns epoch milliseconds of an ISO text, a number or a date; null for any other value. */
export function toMillis(value: Instant): number | null {
  if (value === null || value === undefined || value === "") return null;
  const ms = value instanceof Date ? value.getTime() : typeof value === "number" ? value : Date.parse(value);
  return Number.isFinite(ms) ? ms : null;
}

/** Formats a time in the reader's zone, with the date if the day differs from that of `now`. */
export function localTime(value: Instant, now: number = serverNow()): string {
  const ms = toMillis(value);
  if (ms === null) return NONE;
  const date = new Date(ms);
  const time = date.toLocaleTimeString("en-GB");
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

/** Formats a time as `2026-02-02 11:00:05.038 UTC`, for the hover text. */
export function utcTime(value: Instant): string {
  const ms = toMillis(value);
  return ms === null ? NONE : `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** Formats the distance to now: `just now`, `12 s ago`, `in 4 m 10 s`. */
export function relative(value: Instant, now: number): string {
  const ms = toMillis(value);
  if (ms === null) return NONE;
  const away = ms - now;
  if (Math.abs(away) < 1000) return away > 0 ? "now" : "just now";
  const text = duration(Math.floor(Math.abs(away) / 1000) * 1000).replace(/\.\d+/, "");
  return away > 0 ? `in ${text}` : `${text} ago`;
}

let now = serverNow();
let timer: ReturnType<typeof setInterval> | null = null;
const watchers = new Set<() => void>();

function watch(notify: () => void): () => void {
  watchers.add(notify);
  now = serverNow();
  timer ??= setInterval(() => {
    now = serverNow();
    for (const each of watchers) each();
  }, 1000);
  return () => {
    watchers.delete(notify);
    if (watchers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Returns the present by the server's clock, updated once a second. All users share one timer. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}
