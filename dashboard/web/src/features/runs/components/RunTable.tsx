import { History } from "lucide-react";
import type { RunSummary } from "@/api/types";
import { Empty } from "@/components/Notice";
import { RUN_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { cn } from "@/lib/cn";
import { count, duration, humanise } from "@/lib/format";

interface Props {
  runs: readonly RunSummary[];
  selected: string | null;
  onSelect: (runId: string | null) => void;
}

export function RunTable({ runs, selected, onSelect }: Props) {
  if (runs.length === 0) {
    return (
      <Empty icon={History} title="No runs yet">
        The first appears with the next tick of the schedule, or with “Run now”.
      </Empty>
    );
  }
  return (
    <div className="overflow-x-auto rounded-xl border bg-surface shadow-card">
      <table className="figures w-full text-[13px]">
        <thead className="text-left text-xs text-ink-faint">
          <tr className="[&>th]:px-3 [&>th]:py-2.5 [&>th]:font-medium [&>th]:whitespace-nowrap">
            <th>Status</th>
            <th>Started</th>
            <th>By</th>
            <th className="!text-right">Duration</th>
            <th className="!text-right">Done</th>
            <th className="!text-right">Skipped</th>
            <th className="!text-right">Failed</th>
            <th className="!text-right">Opportunities</th>
            <th className="!text-right">Actions</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr
              key={run.id}
              className={cn(
                "border-t [&>td]:px-3 [&>td]:py-2 [&>td]:whitespace-nowrap",
                run.id === selected && "bg-accent/8",
              )}
            >
              <td>
                <StatusChip look={RUN_LOOKS[run.status]} />
              </td>
              <td>
                <button
                  type="button"
                  className="rounded font-medium hover:underline"
                  aria-pressed={run.id === selected}
                  onClick={() => onSelect(run.id === selected ? null : run.id)}
                >
                  <Time at={run.startedAt} />
                </button>
              </td>
              <td className="text-ink-faint">{humanise(run.trigger)}</td>
              <td className="text-right">{duration(run.durationMs)}</td>
              <td className="text-right">{count(run.counts.success)}</td>
              <td className="text-right text-ink-faint">{count(run.counts.skipped)}</td>
              <td
                className={cn(
                  "text-right",
                  run.counts.failed > 0 ? "font-semibold text-bad" : "text-ink-faint",
                )}
              >
                {count(run.counts.failed)}
              </td>
              <td className={cn("text-right", run.opportunities > 0 && "font-semibold text-good")}>
                {count(run.opportunities)}
              </td>
              <td className="text-right">{count(run.actions)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
