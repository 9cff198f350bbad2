import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { runQuery } from "@/features/runs/api/queries";
import { replaySource, type Source } from "@/diagram/source";
import { useLive } from "@/live/hooks";

/** Source of the diagram: the live state, or the run named in the address. */
export function useRunSource(runId: string | null) {
  const { store } = useLive();
  const query = useQuery({ ...runQuery(runId ?? ""), enabled: runId !== null });
  const run = runId === null ? undefined : query.data;
  const source = useMemo<Source>(() => (run ? replaySource(run) : { mode: "live", store }), [run, store]);
  return { source, run, error: runId === null ? null : query.error };
}
