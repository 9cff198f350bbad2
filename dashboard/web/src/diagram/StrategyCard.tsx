import { ArrowUpRight } from "lucide-react";
import { memo } from "react";
import { Link } from "wouter";
import type { StrategySummary } from "@/api/types";
import { Profit } from "@/components/Figure";
import { NODE_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { count, share } from "@/lib/format";
import { CategoryTile } from "./CategoryTile";
import { CardFrame, FarCard } from "./NodeCard";
import { groupStatus, useProgress, useRun } from "./source";
import type { Card } from "./structure";

interface Props {
  card: Card;
  strategy: StrategySummary | undefined;
  href: string;
  currency: string | undefined;
  selected: boolean;
  far: boolean;
}

/** Strategy in its bot's diagram: progress, profit, and a link to its own diagram. */
export const StrategyCard = memo(function StrategyCard({
  card,
  strategy,
  href,
  currency,
  selected,
  far,
}: Props) {
  const group = useProgress(card.id);
  const status = groupStatus(group, useRun());
  const beat = group?.beat ?? 0;
  if (far) return <FarCard card={card} status={status} selected={selected} beat={beat} />;
  const metrics = strategy?.metrics ?? {};
  return (
    <CardFrame status={status} selected={selected} beat={beat}>
      <header className="flex h-14 shrink-0 items-center gap-2 px-2.5">
        <CategoryTile category="strategy" />
        <div className="min-w-0 flex-1">
          <p className="truncate text-[13px] leading-4.5 font-semibold">{strategy?.name ?? card.title}</p>
          <div className="mt-0.5 flex items-center justify-between gap-2">
            <p className="figures truncate text-[11px] leading-4 text-ink-faint">
              {strategy?.enabled === false ? "Disabled" : `Weight ${share(strategy?.weight)}`}
            </p>
            <StatusChip look={NODE_LOOKS[status]} className="h-4.5 px-1.5 text-[11px] [&_svg]:size-3" />
          </div>
        </div>
      </header>
      <dl className="figures flex-1 border-t px-2.5 py-1.5 text-xs">
        <Row label="P&L">
          <Profit value={metrics["pnl"]} currency={currency} className="font-medium" />
        </Row>
        <Row label="Found · executed">
          {count(metrics["opportunitiesFound"])} · {count(metrics["executed"])}
        </Row>
        {group && (
          <Row label="Nodes done">
            {count(group.finished - group.failed - group.skipped)} · {count(group.skipped)} skipped
            {group.failed > 0 && <span className="text-bad"> · {count(group.failed)} failed</span>}
          </Row>
        )}
      </dl>
      <footer className="flex h-7.5 shrink-0 items-center border-t bg-raised/60 px-2.5 text-[11px]">
        <Link
          href={href}
          className="nodrag inline-flex items-center gap-1 font-medium text-accent hover:underline"
        >
          Open its workflow <ArrowUpRight aria-hidden className="size-3" />
        </Link>
      </footer>
    </CardFrame>
  );
});

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex h-5.5 items-center justify-between gap-3">
      <dt className="shrink-0 text-ink-faint">{label}</dt>
      <dd className="truncate font-medium">{children}</dd>
    </div>
  );
}
