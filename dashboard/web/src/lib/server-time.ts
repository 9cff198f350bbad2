/** The server's clock, kept by the browser's steady timer: the browser's own clock may be minutes wrong. */

/** A better estimate replaces a worse one; one this far off replaces any, for a suspended computer stops the timer. */
const JUMP_MS = 2_000;

let offset: number | null = null;
let doubt = Number.POSITIVE_INFINITY;

/** Takes in what the server said its time was; `roundTripMs` bounds how old that was when it came. */
export function learnServerTime(serverMs: number, roundTripMs: number): void {
  if (!Number.isFinite(serverMs) || serverMs <= 0) return;
  const found = serverMs + roundTripMs / 2 - performance.now();
  if (offset === null || roundTripMs <= doubt || Math.abs(found - offset) > JUMP_MS + roundTripMs) {
    offset = found;
    doubt = roundTripMs;
  }
}

/** Epoch milliseconds by the server's clock; by the browser's own until the server has spoken. */
export function serverNow(): number {
  return offset === null ? Date.now() : performance.now() + offset;
}

/** The server's time of a moment that this browser noted with its own clock. */
export function byServer(browserMs: number): number {
  return serverNow() - (Date.now() - browserMs);
}

/** For tests. */
export function forgetServerTime(): void {
  offset = null;
  doubt = Number.POSITIVE_INFINITY;
}
