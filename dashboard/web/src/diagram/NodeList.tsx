import { ChevronRight } from "lucide-react";
import { useMemo } from "react";
import { NODE_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { cn } from "@/lib/cn";
import { duration } from "@/lib/format";
import { CategoryTile } from "./CategoryTile";
import { previewRows } from "./preview";
import { groupStatus, useNode, useProgress, useRun, viewStatus } from "./source";
import { inOrder, type Card, type Structure } from "./structure";

interface Props {
  structure: Structure;
  selected: string | null;
  onSelect: (id: string) => void;
}

/** Nodes of the diagram as a list in flow order, for phones, keyboards and screen readers. */
export function NodeList({ structure, selected, onSelect }: Props) {
  const cards = useMemo(() => inOrder(structure), [structure]);
  return (
    <ol
      className="divide-y overflow-hidden rounded-xl border bg-surface shadow-card"
      aria-label="Nodes in the order of the flow"
    >
      {cards.map((card) => (
        <li key={card.id}>
          <Row card={card} selected={card.id === selected} onSelect={onSelect} />
        </li>
      ))}
    </ol>
  );
}

function Row({
  card,
  selected,
  onSelect,
}: {
  card: Card;
  selected: boolean;
  onSelect: (id: string) => void;
}) {
  const run = useRun();
  const node = useNode(card.key);
  const group = useProgress(card.id);
  const status = card.kind === "strategy" ? groupStatus(group, run) : viewStatus(node, run);
  const failed = status === "failed" || status === "retrying";
  const values = node && !failed && status !== "skipped" ? previewRows(node.outputs, card.outputs, 2) : [];
  return (
    <button
      type="button"
      data-node={card.id}
      data-status={status}
      aria-pressed={selected}
      onClick={() => onSelect(card.id)}
      className={cn(
        "grid w-full grid-cols-[auto_1fr_auto_auto] items-center gap-x-3 px-3 py-2.5 text-left hover:bg-raised",
        selected && "bg-accent/8",
      )}
    >
      <CategoryTile category={card.category} />
      <span className="min-w-0">
        <span className="block truncate text-sm font-medium">{card.title}</span>
        <span className={cn("block truncate text-xs", failed ? "text-bad" : "text-ink-faint")}>
          {failed && node?.error
            ? node.error.message
            : values.map((row) => `${row.label} ${row.text}`).join(" · ") || node?.reason || card.type}
        </span>
      </span>
      <span className="flex flex-col items-end gap-0.5">
        <StatusChip look={NODE_LOOKS[status]} />
        <span className="figures text-[11px] text-ink-faint">{duration(node?.executionTimeMs)}</span>
      </span>
      <ChevronRight aria-hidden className="size-4 text-ink-faint" />
    </button>
  );
}
