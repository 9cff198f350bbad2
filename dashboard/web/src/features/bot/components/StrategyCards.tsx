import { ChevronRight } from "lucide-react";
import { Link } from "wouter";
import type { BotDetail } from "@/api/types";
import { Figure, Profit } from "@/components/Figure";
import { CategoryTile } from "@/diagram/CategoryTile";
import { count, share, tradesWon } from "@/lib/format";

/** Strategies of a bot as cards that link to their live diagrams. */
export function StrategyCards({ bot }: { bot: BotDetail }) {
  return (
    <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
      {bot.strategies.map((strategy) => {
        const { metrics } = strategy;
        return (
          <article
            key={strategy.id}
            data-strategy={strategy.id}
            className="relative rounded-xl border bg-surface p-4 shadow-card transition-colors hover:border-line-strong"
          >
            <div className="flex items-center gap-3">
              <CategoryTile category="strategy" className="size-9" />
              <div className="min-w-0 flex-1">
                <h3 className="truncate font-semibold">
                  <Link
                    href={`/bots/${bot.id}/strategies/${strategy.id}`}
                    className="rounded after:absolute after:inset-0 after:rounded-xl"
                  >
                    {strategy.name}
                  </Link>
                </h3>
                <p className="figures text-xs text-ink-faint">
                  {strategy.enabled ? "Enabled" : "Disabled"} · weight {share(strategy.weight)}
                </p>
              </div>
              <ChevronRight aria-hidden className="size-4 text-ink-faint" />
            </div>
            <div aria-hidden className="mt-3 h-1.5 overflow-hidden rounded-full bg-ink/8">
              <div
                className="h-full rounded-full bg-accent"
                style={{ width: `${Math.min(100, Number(strategy.weight) * 100)}%` }}
              />
            </div>
            <dl className="mt-3 grid grid-cols-4 gap-3">
              <Figure label="P&L">
                <Profit value={metrics["pnl"] ?? 0} currency={bot.baseCurrency} />
              </Figure>
              <Figure label="Found">{count(metrics["opportunitiesFound"] ?? 0)}</Figure>
              <Figure label="Executed">{count(metrics["executed"] ?? 0)}</Figure>
              <Figure label="Closed trades">{tradesWon(metrics)}</Figure>
            </dl>
          </article>
        );
      })}
    </div>
  );
}
