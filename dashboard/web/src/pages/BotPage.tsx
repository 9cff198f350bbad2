import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { BotDetail, NodeType } from "@/api/types";
import { BotActions } from "@/components/BotActions";
import { BotWarnings } from "@/components/BotWarnings";
import { BotBadges } from "@/components/BotBadges";
import { Crumbs } from "@/components/Crumbs";
import { Figure, Profit } from "@/components/Figure";
import { Problem } from "@/components/Notice";
import { Time } from "@/components/Time";
import { Card, SectionTitle } from "@/components/ui/card";
import { catalogueQuery } from "@/diagram/catalogue";
import { DiagramView, useView, ViewSwitch } from "@/diagram/DiagramView";
import { SourceContext } from "@/diagram/source";
import { buildStructure } from "@/diagram/structure";
import { botQuery } from "@/features/bot/api/queries";
import { StrategyCards } from "@/features/bot/components/StrategyCards";
import { runsQuery } from "@/features/runs/api/queries";
import { ScopeControl, ScopeNotice } from "@/features/emergency/components/ScopeControl";
import { RiskUse } from "@/features/risk/components/RiskUse";
import { RunTable } from "@/features/runs/components/RunTable";
import { ReplayBar, Timeline } from "@/features/runs/components/Timeline";
import { count, money, returnOn, tradesWon } from "@/lib/format";
import { useQueryParam } from "@/lib/use-query-param";
import { useTitle } from "@/lib/use-title";
import { useScope } from "@/live/hooks";
import { PageSkeleton } from "./PageSkeleton";
import { useRunSource } from "./useRunSource";

const SHOWN_RUNS = 12;

export default function BotPage({ botId }: { botId: string }) {
  useScope({ kind: "bot", botId });
  const bot = useQuery(botQuery(botId));
  const types = useQuery(catalogueQuery);
  useTitle(bot.data?.name ?? botId);
  const error = bot.error ?? types.error;
  if (bot.data && types.data) return <Bot bot={bot.data} types={types.data} />;
  if (error) {
    return (
      <>
        <Crumbs steps={[{ label: "Bots", href: "/" }, { label: botId }]} />
        <Problem
          error={error}
          what={`Bot ${botId}`}
          onRetry={() => void Promise.all([bot.refetch(), types.refetch()])}
        />
      </>
    );
  }
  return <PageSkeleton />;
}

function Bot({ bot, types }: { bot: BotDetail; types: ReadonlyMap<string, NodeType> }) {
  const [runId, setRunId] = useQueryParam("run");
  const [nodeId, setNodeId] = useQueryParam("node");
  const [view, setView] = useView();
  const runs = useQuery(runsQuery(bot.id));
  const { source, run, error } = useRunSource(runId);
  const structure = useMemo(() => buildStructure(bot.workflow, types, null), [bot.workflow, types]);
  const strategyHref = useCallback((id: string) => `/bots/${bot.id}/strategies/${id}`, [bot.id]);
  const select = useCallback((id: string | null) => setNodeId(id, true), [setNodeId]);
  const { metrics, baseCurrency: currency } = bot;
  return (
    <div className="space-y-6">
      <div>
        <Crumbs steps={[{ label: "Bots", href: "/" }, { label: bot.name }]} />
        <div className="flex flex-wrap items-center justify-between gap-3">
          <div className="flex flex-wrap items-center gap-3">
            <h1 className="text-2xl font-semibold tracking-tight">{bot.name}</h1>
            <BotBadges bot={bot} />
          </div>
          <div className="flex flex-wrap items-center gap-1.5">
            <ScopeControl bot={bot} />
            <BotActions bot={bot} />
          </div>
        </div>
        <ScopeNotice bot={bot} />
        {bot.warnings.length > 0 && (
          <div className="mt-3 rounded-xl border border-warn/35 bg-warn/8 p-3">
            <BotWarnings bot={bot} />
          </div>
        )}
      </div>
      <Card>
        <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 sm:grid-cols-4 xl:grid-cols-8">
          <Figure label="P&L">
            <Profit value={metrics["pnl"] ?? 0} currency={currency} />
          </Figure>
          <Figure label="Return">{returnOn(metrics["pnl"] ?? 0, metrics["capital"])}</Figure>
          <Figure label="Capital">{money(metrics["capital"], { currency })}</Figure>
          <Figure label="Equity">{money(metrics["equity"], { currency })}</Figure>
          <Figure label="Closed trades">{tradesWon(metrics)}</Figure>
          <Figure label="Found · executed">
            {count(metrics["opportunitiesFound"] ?? 0)} · {count(metrics["executed"] ?? 0)}
          </Figure>
          <Figure label="Schedule">
            <span title={bot.scheduleText}>{bot.scheduleText}</span>
          </Figure>
          <Figure label="Next run">
            {bot.state === "running" ? <Time at={bot.nextRunAt} ago upcoming /> : "–"}
          </Figure>
        </dl>
      </Card>
      <section aria-label="Orchestration">
        <SectionTitle aside={<ViewSwitch view={view} onChange={setView} />}>Orchestration</SectionTitle>
        {runId !== null && <ReplayBar run={run} onLive={() => setRunId(null)} />}
        {error && <Problem error={error} what="The run" />}
        <SourceContext value={source}>
          <DiagramView
            view={view}
            structure={structure}
            selected={nodeId}
            onSelect={select}
            strategies={bot.strategies}
            strategyHref={strategyHref}
            currency={currency}
          />
        </SourceContext>
      </section>
      <RiskUse bot={bot} />
      <section aria-label="Strategies">
        <SectionTitle>Strategies</SectionTitle>
        <StrategyCards bot={bot} />
      </section>
      <section aria-label="Runs" className="space-y-3">
        <SectionTitle>Runs</SectionTitle>
        {runs.data ? (
          <>
            <Timeline runs={runs.data.items} selected={runId} onSelect={setRunId} />
            <RunTable runs={runs.data.items.slice(0, SHOWN_RUNS)} selected={runId} onSelect={setRunId} />
          </>
        ) : (
          runs.error && <Problem error={runs.error} what="The runs" onRetry={() => void runs.refetch()} />
        )}
      </section>
    </div>
  );
}
