import { Pencil, Repeat2 } from "lucide-react";
import { memo } from "react";
import { NODE_LOOKS, type ViewStatus } from "@/components/status";
import { StatusChip, StatusIcon } from "@/components/StatusChip";
import { cn } from "@/lib/cn";
import { count, duration, share } from "@/lib/format";
import type { NodeLive } from "@/live/node";
import { CategoryTile } from "./CategoryTile";
import { previewRows, previewText } from "./preview";
import { useNode, useRun, viewStatus } from "./source";
import type { Card } from "./structure";

const FRAME: Record<ViewStatus, string> = {
  idle: "border-line",
  pending: "border-line",
  waiting: "border-line",
  running: "border-busy ring-3 ring-busy/20",
  retrying: "border-warn ring-3 ring-warn/20",
  success: "border-good/45",
  failed: "border-bad ring-3 ring-bad/20",
  skipped: "border-dashed border-line-strong",
  cancelled: "border-dashed border-warn/60",
};

interface FrameProps {
  status: ViewStatus;
  selected: boolean;
  beat: number;
  children: React.ReactNode;
  className?: string;
}

/**
 * Outline of the card in the colour of its state. It flashes after a success; a bar sweeps along its top edge
 * during a run.
 */
export function CardFrame({ status, selected, beat, children, className }: FrameProps) {
  return (
    <div
      data-status={status}
      className={cn(
        "relative flex h-full flex-col overflow-hidden rounded-xl border bg-surface text-left shadow-card transition-[border-color,box-shadow,opacity] duration-200",
        FRAME[status],
        selected && "outline-2 outline-offset-3 outline-accent",
        className,
      )}
    >
      {status === "running" && (
        <span aria-hidden className="absolute inset-x-0 top-0 z-10 h-0.5 overflow-hidden">
          <span className="block h-full w-1/3 animate-sweep bg-busy" />
        </span>
      )}
      {beat > 0 && status !== "failed" && (
        <span
          key={beat}
          aria-hidden
          className="card-beat pointer-events-none absolute inset-0 rounded-xl bg-good/12"
        />
      )}
      {children}
    </div>
  );
}

interface Props {
  card: Card;
  selected: boolean;
  far: boolean;
}

export const NodeCard = memo(function NodeCard({ card, selected, far }: Props) {
  const node = useNode(card.key);
  const status = viewStatus(node, useRun());
  if (far) return <FarCard card={card} status={status} selected={selected} beat={node?.beat ?? 0} />;
  return (
    <CardFrame status={status} selected={selected} beat={node?.beat ?? 0}>
      <header className="flex h-14 shrink-0 items-center gap-2 px-2.5">
        <CategoryTile category={card.category} />
        <div className="min-w-0 flex-1">
          <p className="truncate text-[13px] leading-4.5 font-semibold" title={`${card.title} (${card.id})`}>
            {card.title}
          </p>
          <div className="mt-0.5 flex items-center justify-between gap-2">
            <p className="truncate text-[11px] leading-4 text-ink-faint">{card.type}</p>
            <StatusChip look={NODE_LOOKS[status]} className="h-4.5 px-1.5 text-[11px] [&_svg]:size-3" />
          </div>
        </div>
      </header>
      {card.params.length > 0 && <Params card={card} tweaked={node?.tweaked ?? false} />}
      <div className={cn("flex-1 border-t px-2.5 py-1.5", status === "waiting" && "border-dashed")}>
        <Body card={card} node={node} status={status} />
      </div>
      <Footer node={node} status={status} />
    </CardFrame>
  );
});

export function FarCard({
  card,
  status,
  selected,
  beat,
}: {
  card: Card;
  status: ViewStatus;
  selected: boolean;
  beat: number;
}) {
  return (
    <CardFrame
      status={status}
      selected={selected}
      beat={beat}
      className="items-center justify-center gap-2 border-2 p-3"
    >
      <div className="flex w-full items-center gap-3">
        <CategoryTile category={card.category} className="size-12 [&_svg]:size-6" />
        <p className="line-clamp-2 min-w-0 flex-1 text-[22px] leading-6 font-semibold">{card.title}</p>
        <StatusIcon look={NODE_LOOKS[status]} className="size-8" />
      </div>
      <span className="sr-only">{NODE_LOOKS[status].label}</span>
    </CardFrame>
  );
}

function Params({ card, tweaked }: { card: Card; tweaked: boolean }) {
  return (
    <ul className="mx-2.5 flex h-7.5 shrink-0 gap-1 overflow-hidden pb-2" aria-label="Parameters">
      {tweaked && (
        <li className="inline-flex h-5.5 shrink-0 items-center gap-1 rounded bg-brass/18 px-1.5 text-[11px] font-medium text-brass">
          <Pencil aria-hidden className="size-3" /> tweaked
        </li>
      )}
      {card.params.slice(0, tweaked ? 1 : 2).map((param) => (
        <li
          key={param.name}
          title={`${param.label}: ${previewText(param.value).text}${param.isDefault ? " (default)" : ""}`}
          className="inline-flex h-5.5 min-w-0 items-center gap-1.5 rounded bg-ink/5 px-1.5 text-[11px] whitespace-nowrap"
        >
          <span className="min-w-0 truncate text-ink-faint">{param.label}</span>
          <span className="figures max-w-24 shrink-0 truncate font-medium">
            {previewText(param.value).text}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Body({ card, node, status }: { card: Card; node: NodeLive | undefined; status: ViewStatus }) {
  if (node?.error && (status === "failed" || status === "retrying")) {
    return (
      <p className="line-clamp-3 text-xs leading-5.5 text-bad" title={node.error.message}>
        {node.error.message}
      </p>
    );
  }
  if (node && (status === "skipped" || status === "cancelled")) {
    return (
      <p className="line-clamp-2 text-xs leading-5.5 text-ink-faint">
        {node.reason ?? "Nothing reached this node"}
      </p>
    );
  }
  const rows = node ? previewRows(node.outputs, card.outputs, card.rows) : [];
  if (rows.length === 0) {
    const text =
      node?.status === "success" ? "Done, no output" : status === "running" ? "Working…" : "No output yet";
    return <p className="text-xs leading-5.5 text-ink-faint">{text}</p>;
  }
  return (
    <dl>
      {rows.map((row) => (
        <div key={row.label} className="flex h-5.5 items-center justify-between gap-3 text-xs">
          <dt className="max-w-[48%] shrink-0 truncate text-ink-faint">{row.label}</dt>
          <dd
            className={cn("min-w-0 truncate font-medium", row.numeric && "figures font-mono text-[12.5px]")}
            title={row.full}
          >
            {row.text}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Footer({ node, status }: { node: NodeLive | undefined; status: ViewStatus }) {
  const ran = node !== undefined && node.executions > 0;
  return (
    <footer className="figures flex h-7.5 shrink-0 items-center gap-3 border-t bg-raised/60 px-2.5 text-[11px] text-ink-faint">
      <span title="Duration of the last execution" className="font-medium text-ink-soft">
        {duration(status === "running" ? null : node?.executionTimeMs)}
      </span>
      {node && node.attempt > 1 && (
        <span title="Attempt" className="inline-flex items-center gap-1 text-warn">
          <Repeat2 aria-hidden className="size-3" /> try {node.attempt}
        </span>
      )}
      {node?.branch && (
        <span className="truncate rounded bg-accent/14 px-1.5 font-medium text-accent">→ {node.branch}</span>
      )}
      {ran && (
        <span className="ml-auto whitespace-nowrap" title="Executions and how many of them succeeded">
          {count(node.executions)}× · {share(node.successes / node.executions)} ok
        </span>
      )}
    </footer>
  );
}
