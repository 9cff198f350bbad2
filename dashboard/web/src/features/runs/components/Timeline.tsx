import { Radio } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import type { RunSummary } from "@/api/types";
import { RUN_LOOKS } from "@/components/status";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { count, duration } from "@/lib/format";
import { localTime, utcTime } from "@/lib/time";
import { barHeight, runKind, RUN_KINDS, type RunKind } from "../kind";

interface Props {
  runs: readonly RunSummary[];
  selected: string | null;
  onSelect: (runId: string | null) => void;
}

const BAR: Record<RunKind, string> = {
  running: "bg-busy animate-pulse",
  found: "bg-good",
  nothing: "border border-good/60 bg-good/15",
  failed: "bg-bad",
  cancelled: "border border-dashed border-warn bg-warn/20",
};

/** Newest runs, oldest left. Height is the duration, fill and colour are the outcome. A click shows the run. */
export function Timeline({ runs, selected, onSelect }: Props) {
  const list = useRef<HTMLUListElement>(null);
  // Scroll to the right end: the newest run is there.
  useEffect(() => {
    if (list.current) list.current.scrollLeft = list.current.scrollWidth;
  }, []);
  const ordered = [...runs].reverse();
  const longest = Math.max(1, ...ordered.map((run) => run.durationMs ?? 0));
  const focusable = selected ?? ordered.at(-1)?.id;

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  if (ordered.length === 0) {
    return (
      <p className="rounded-xl border border-dashed px-4 py-5 text-center text-sm text-ink-faint">
        No runs yet. The first one appears here.
      </p>
    );
  }
  return (
    <div className="rounded-xl border bg-surface px-3 pt-3 pb-2 shadow-card">
      <ul
        ref={list}
        aria-label="Last runs, oldest first"
        onKeyDown={onKeyDown}
        className="flex h-14 items-end gap-[3px] overflow-x-auto overflow-y-hidden [direction:ltr]"
      >
        {ordered.map((run) => {
          const kind = runKind(run);
          const label = `${RUN_KINDS[kind]}, ${localTime(run.startedAt)}, ${duration(run.durationMs)}, ${count(run.opportunities)} found`;
          return (
            <li key={run.id} className="flex h-full max-w-4 min-w-[7px] flex-1 items-end">
              <button
                type="button"
                data-run={run.id}
                data-kind={kind}
                tabIndex={run.id === focusable ? 0 : -1}
                aria-label={label}
                aria-pressed={run.id === selected}
                title={`${label}\n${utcTime(run.startedAt)}`}
                onClick={() => onSelect(run.id === selected ? null : run.id)}
                className="group relative flex h-full w-full items-end focus-visible:outline-offset-0"
              >
                <span
                  className={cn(
                    "w-full rounded-[3px] transition-[height] group-hover:brightness-125",
                    BAR[kind],
                    run.id === selected && "ring-2 ring-accent ring-offset-2 ring-offset-surface",
                  )}
                  style={{ height: `${barHeight(run.durationMs, longest)}%` }}
                />
                {kind === "failed" && (
                  <span
                    aria-hidden
                    className="absolute inset-x-0 -top-0.5 text-center text-[10px] leading-3 font-bold text-bad"
                  >
                    ×
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      <Legend />
    </div>
  );
}

function Legend() {
  return (
    <ul aria-hidden className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-[11px] text-ink-faint">
      {(["found", "nothing", "failed", "cancelled", "running"] as const).map((kind) => (
        <li key={kind} className="inline-flex items-center gap-1.5">
          <span className={cn("size-2.5 rounded-[3px]", BAR[kind], "animate-none")} /> {RUN_KINDS[kind]}
        </li>
      ))}
      <li className="ml-auto hidden sm:block">Height: duration · click a run to see it again</li>
    </ul>
  );
}

/** Notice that a past run is shown, with a link back to the live view. */
export function ReplayBar({ run, onLive }: { run: RunSummary | undefined; onLive: () => void }) {
  return (
    <div
      role="status"
      className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border border-brass/50 bg-brass/10 px-3 py-2 text-[13px]"
    >
      <span className="font-semibold text-brass">Replay</span>
      {run ? (
        <span className="figures text-ink-soft" title={utcTime(run.startedAt)}>
          Run of {localTime(run.startedAt)} · {RUN_LOOKS[run.status].label.toLowerCase()} ·{" "}
          {duration(run.durationMs)} · {count(run.counts.success)} done, {count(run.counts.skipped)} skipped,{" "}
          {count(run.counts.failed)} failed
        </span>
      ) : (
        <span className="text-ink-soft">Loading the run…</span>
      )}
      <Button className="ml-auto" onClick={onLive}>
        <Radio /> Back to live
      </Button>
    </div>
  );
}
