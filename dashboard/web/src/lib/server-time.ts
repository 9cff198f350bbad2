/** Clock of the server, kept with the browser's monotonic timer: the browser's own clock may be minutes wrong. */

/**
 * Milliseconds of difference from which a new estimate always wins: a suspended computer stops the timer.
 * Otherwise only a more precise estimate replaces the present one.
 */
const JUMP_MS = 2_000;

let offset: number | null = null;
let doubt = Number.POSITIVE_INFINITY;

/** Learns the server's time from a reply. `roundTripMs` is the largest possible age of that time on arrival. */
export function learnServerTime(serverMs: number, roundTripMs: number): void {
  if (!Number.isFinite(serverMs) || serverMs <= 0) return;
  const found = serverMs + roundTripMs / 2 - performance.now();
  if (offset === null || roundTripMs <= doubt || Math.abs(found - offset) > JUMP_MS + roundTripMs) {
    offset = found;
    doubt = roundTripMs;
  }
}

/** Returns epoch milliseconds by the server's clock; by the browser's clock until the first reply. */
export function serverNow(): number {
  return offset === null ? Date.now() : performance.now() + offset;
}

/** Converts a moment of the browser's clock to the server's time. */
export function byServer(browserMs: number): number {
  return serverNow() - (Date.now() - browserMs);
}

/** Resets the clock, for tests. */
export function forgetServerTime(): void {
  offset = null;
  doubt = Number.POSITIVE_INFINITY;
}
