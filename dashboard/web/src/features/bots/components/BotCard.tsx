import { CalendarClock, Layers } from "lucide-react";
import { Link } from "wouter";
import type { BotSummary } from "@/api/types";
import { BotActions } from "@/components/BotActions";
import { BotWarnings } from "@/components/BotWarnings";
import { BotBadges } from "@/components/BotBadges";
import { Figure, Profit } from "@/components/Figure";
import { NODE_LOOKS, RUN_LOOKS } from "@/components/status";
import { StatusIcon } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { DomainFigures } from "./DomainFigures";
import { count, duration, money, returnOn, share, tradesWon } from "@/lib/format";

export function BotCard({ bot }: { bot: BotSummary }) {
  const { metrics, baseCurrency: currency } = bot;
  return (
    <article
      data-bot={bot.id}
      className="group relative flex flex-col rounded-xl border bg-surface shadow-card transition-colors hover:border-line-strong"
    >
      <div className="flex items-start justify-between gap-2 px-4 pt-4">
        <div className="min-w-0">
          <h3 className="truncate text-base font-semibold tracking-tight">
            <Link href={`/bots/${bot.id}`} className="rounded after:absolute after:inset-0 after:rounded-xl">
              {bot.name}
            </Link>
          </h3>
          <div className="mt-1.5">
            <BotBadges bot={bot} />
          </div>
        </div>
        <div className="relative z-10 -mt-1 -mr-1.5">
          <BotActions bot={bot} compact />
        </div>
      </div>
      <div className="mt-3 flex items-baseline gap-2 px-4">
        <Profit
          value={metrics["pnl"] ?? 0}
          currency={currency}
          className="text-2xl font-semibold tracking-tight"
        />
        <span className="figures text-[13px] text-ink-faint">
          {returnOn(metrics["pnl"], metrics["capital"])} of capital
        </span>
      </div>
      <dl className="mt-3 grid grid-cols-4 gap-3 px-4">
        <Figure label="Equity">
          {money(metrics["equity"] ?? metrics["capital"], { currency, rounded: true })}
        </Figure>
        <Figure label="Trades">{tradesWon(metrics)}</Figure>
        <Figure label="Win rate">{share(metrics["winRate"])}</Figure>
        <Figure label="Found">{count(metrics["opportunitiesFound"] ?? 0)}</Figure>
      </dl>
      <DomainFigures bot={bot} />
      <p className="mt-3 flex items-center gap-1.5 truncate px-4 text-xs text-ink-faint">
        <Layers aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate">
          {bot.strategies.length === 0
            ? "No strategies"
            : bot.strategies.map((each) => `${each.name} ${share(each.weight)}`).join(" · ")}
        </span>
      </p>
      {bot.warnings.length > 0 && (
        <div className="mt-3 px-4">
          <BotWarnings bot={bot} />
        </div>
      )}
      <footer className="figures mt-3 flex items-center justify-between gap-3 border-t px-4 py-2.5 text-xs text-ink-faint">
        <LastRun bot={bot} />
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap" title={bot.scheduleText}>
          <CalendarClock aria-hidden className="size-3.5" />
          {bot.state === "running" && bot.nextRunAt ? (
            <Time at={bot.nextRunAt} ago upcoming />
          ) : (
            bot.scheduleText
          )}
        </span>
      </footer>
    </article>
  );
}

function LastRun({ bot }: { bot: BotSummary }) {
  const run = bot.lastRun;
  if (bot.activeRunId !== null) {
    return (
      <span className="inline-flex items-center gap-1.5 font-medium text-busy">
        <StatusIcon look={NODE_LOOKS.running} className="size-3.5" /> Running now
      </span>
    );
  }
  if (!run) return <span>Not run yet</span>;
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5 truncate">
      <StatusIcon look={RUN_LOOKS[run.status]} className="size-3.5" />
      <span className="sr-only">{RUN_LOOKS[run.status].label}</span>
      <span>
        <Time at={run.finishedAt ?? run.startedAt} ago />, took {duration(run.durationMs)}
      </span>
    </span>
  );
}
