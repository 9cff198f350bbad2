import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { NodeType, StrategyView } from "@/api/types";
import { BotActions } from "@/components/BotActions";
import { BotBadges } from "@/components/BotBadges";
import { Crumbs } from "@/components/Crumbs";
import { Figure, Profit } from "@/components/Figure";
import { Problem } from "@/components/Notice";
import { Card, SectionTitle } from "@/components/ui/card";
import { catalogueQuery } from "@/diagram/catalogue";
import { DiagramView, useView, ViewSwitch } from "@/diagram/DiagramView";
import { SourceContext } from "@/diagram/source";
import { buildStructure } from "@/diagram/structure";
import { botQuery } from "@/features/bot/api/queries";
import { ScopeControl, ScopeNotice } from "@/features/emergency/components/ScopeControl";
import { RunTable } from "@/features/runs/components/RunTable";
import { ReplayBar, Timeline } from "@/features/runs/components/Timeline";
import { strategyQuery } from "@/features/strategy/api/queries";
import { Deals } from "@/features/strategy/components/Deals";
import { count, share, tradesWon } from "@/lib/format";
import { useQueryParam } from "@/lib/use-query-param";
import { useTitle } from "@/lib/use-title";
import { useScope } from "@/live/hooks";
import { PageSkeleton } from "./PageSkeleton";
import { useRunSource } from "./useRunSource";

const SHOWN_RUNS = 12;

export default function StrategyPage({ botId, strategyId }: { botId: string; strategyId: string }) {
  useScope({ kind: "strategy", botId, strategyId });
  const query = useQuery(strategyQuery(botId, strategyId));
  const types = useQuery(catalogueQuery);
  useTitle(query.data?.strategy.name ?? strategyId);
  const error = query.error ?? types.error;
  if (query.data && types.data) return <Strategy view={query.data} types={types.data} />;
  if (error) {
    return (
      <>
        <Crumbs
          steps={[
            { label: "Bots", href: "/" },
            { label: botId, href: `/bots/${botId}` },
            { label: strategyId },
          ]}
        />
        <Problem
          error={error}
          what={`Strategy ${strategyId}`}
          onRetry={() => void Promise.all([query.refetch(), types.refetch()])}
        />
      </>
    );
  }
  return <PageSkeleton />;
}

function Strategy({ view: data, types }: { view: StrategyView; types: ReadonlyMap<string, NodeType> }) {
  const { bot, strategy, runs } = data;
  const [runId, setRunId] = useQueryParam("run");
  const [nodeId, setNodeId] = useQueryParam("node");
  const [view, setView] = useView();
  const parent = useQuery(botQuery(bot.id));
  const { source, run, error } = useRunSource(runId);
  const structure = useMemo(
    () => buildStructure(data.workflow, types, strategy.id),
    [data.workflow, types, strategy.id],
  );
  const select = useCallback((id: string | null) => setNodeId(id, true), [setNodeId]);
  const tweaked = Object.values(data.tweaks).some((params) => Object.keys(params).length > 0);
  const { metrics } = strategy;
  return (
    <div className="space-y-5">
      <div>
        <Crumbs
          steps={[
            { label: "Bots", href: "/" },
            { label: bot.name, href: `/bots/${bot.id}` },
            { label: strategy.name },
          ]}
        />
        <div className="flex flex-wrap items-center justify-between gap-3">
          <div className="flex flex-wrap items-center gap-3">
            <h1 className="text-2xl font-semibold tracking-tight">{strategy.name}</h1>
            {parent.data && <BotBadges bot={parent.data} />}
            {tweaked && (
              <span className="rounded-full bg-brass/16 px-2 py-0.5 text-xs font-medium text-brass">
                Tweaked, not saved
              </span>
            )}
          </div>
          {parent.data && (
            <div className="flex flex-wrap items-center gap-1.5">
              <ScopeControl bot={parent.data} strategyId={strategy.id} />
              <BotActions bot={parent.data} />
            </div>
          )}
        </div>
        {parent.data && <ScopeNotice bot={parent.data} strategyId={strategy.id} />}
      </div>
      <Card>
        <dl className="grid grid-cols-2 gap-x-6 sm:grid-cols-3 gap-y-4 p-4 lg:grid-cols-6">
          <Figure label="P&L">
            <Profit value={metrics["pnl"] ?? 0} currency={parent.data?.baseCurrency} />
          </Figure>
          <Figure label="Weight">{share(strategy.weight)}</Figure>
          <Figure label="State">{strategy.enabled ? "Enabled" : "Disabled"}</Figure>
          <Figure label="Opportunities">{count(metrics["opportunitiesFound"] ?? 0)}</Figure>
          <Figure label="Executed">{count(metrics["executed"] ?? 0)}</Figure>
          <Figure label="Closed trades">{tradesWon(metrics)}</Figure>
        </dl>
      </Card>
      <section aria-label="Workflow">
        <SectionTitle aside={<ViewSwitch view={view} onChange={setView} />}>
          {runId === null ? "Live workflow" : "Workflow of a past run"}
        </SectionTitle>
        {runId !== null && <ReplayBar run={run} onLive={() => setRunId(null)} />}
        {error && <Problem error={error} what="The run" />}
        <SourceContext value={source}>
          <DiagramView
            view={view}
            structure={structure}
            selected={nodeId}
            onSelect={select}
            strategyId={strategy.id}
            tweaks={data.tweaks}
          />
        </SourceContext>
      </section>
      <section aria-label="Last runs">
        <SectionTitle>Last {runs.length > 1 ? `${count(runs.length)} runs` : "run"}</SectionTitle>
        <Timeline runs={runs} selected={runId} onSelect={setRunId} />
      </section>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 2xl:grid-cols-[repeat(2,minmax(0,1fr))]">
        <section aria-label="Runs">
          <SectionTitle>Runs</SectionTitle>
          <RunTable runs={runs.slice(0, SHOWN_RUNS)} selected={runId} onSelect={setRunId} />
        </section>
        <section aria-label="Opportunities and actions">
          <SectionTitle>Opportunities and actions</SectionTitle>
          <Deals strategyId={strategy.id} currency={parent.data?.baseCurrency} />
        </section>
      </div>
    </div>
  );
}
