import type { RunSummary } from "@/api/types";

export type RunKind = "running" | "found" | "nothing" | "failed" | "cancelled";

export const RUN_KINDS: Record<RunKind, string> = {
  running: "Running",
  found: "Found an opportunity",
  nothing: "No opportunity",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** Returns the outcome of a run for the timeline; a success with and one without opportunities differ. */
export function runKind(run: RunSummary): RunKind {
  if (run.status !== "success") return run.status;
  return run.opportunities > 0 ? "found" : "nothing";
}

/** Returns a bar's height in percent, on a logarithmic scale: one slow run must not flatten the others. */
export function barHeight(durationMs: number | null, longestMs: number): number {
  if (durationMs === null) return 100;
  const part = Math.log1p(Math.max(0, durationMs)) / Math.log1p(Math.max(1, longestMs));
  return Math.round(22 + 78 * Math.min(1, part));
}
