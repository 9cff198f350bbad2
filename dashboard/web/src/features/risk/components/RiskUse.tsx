import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { useState } from "react";
import type { BotSummary, Mode, RiskUse as Use } from "@/api/types";
import { MODES } from "@/components/domain";
import { Empty, Problem } from "@/components/Notice";
import { Button } from "@/components/ui/button";
import { SectionTitle, Skeleton } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import { count } from "@/lib/format";
import { riskUseQuery } from "../api/queries";
import { holdsFor, ranked } from "../use";
import { LimitBar } from "./LimitBar";

/** Number of limits in one row of the main page. */
const SHOWN = 4;

/** Limits of one bot, in the books of its mode. */
export function RiskUse({ bot }: { bot: BotSummary }) {
  return (
    <section aria-label="Risk use">
      <SectionTitle>Risk use</SectionTitle>
      <Limits mode={bot.mode} bots={[bot]} only={(use) => holdsFor(use, bot)} currency={bot.baseCurrency} />
    </section>
  );
}

/** All limits of one mode, the most used first; books of different modes never mix. */
export function PlatformRisk({ bots }: { bots: readonly BotSummary[] }) {
  const modes = (Object.keys(MODES) as Mode[]).filter((mode) => bots.some((bot) => bot.mode === mode));
  const [chosen, setChosen] = useState<Mode | null>(null);
  const mode = chosen ?? modes.at(-1) ?? "paper";
  const currencies = new Set(bots.map((bot) => bot.baseCurrency));
  return (
    <section aria-label="Risk use">
      <SectionTitle
        aside={
          modes.length > 1 && (
            <Segmented
              label="Books"
              value={mode}
              options={modes.map((value) => ({ value, label: MODES[value].label }))}
              onChange={setChosen}
            />
          )
        }
      >
        Risk use
      </SectionTitle>
      <Limits mode={mode} bots={bots} currency={currencies.size === 1 ? [...currencies][0] : undefined} />
    </section>
  );
}

interface Props {
  mode: Mode;
  bots: readonly BotSummary[];
  currency: string | undefined;
  only?: (use: Use) => boolean;
}

function Limits({ mode, bots, currency, only }: Props) {
  const { data, error, refetch } = useQuery(riskUseQuery(mode));
  const [all, setAll] = useState(false);
  if (!data) {
    if (error) return <Problem error={error} what="The use of the limits" onRetry={() => void refetch()} />;
    return <Skeleton className="h-20 rounded-xl" />;
  }
  const items = ranked(only ? data.items.filter(only) : data.items);
  if (items.length === 0) {
    return (
      <Empty icon={Gauge} title="No limit is set">
        <code className="rounded bg-ink/7 px-1 font-mono text-xs">argosy risk set</code> makes one; it holds
        for the next decision.
      </Empty>
    );
  }
  const shown = all || only ? items : items.slice(0, SHOWN);
  return (
    <>
      <ul className="grid gap-px overflow-hidden rounded-xl border bg-line shadow-card sm:grid-cols-2 lg:grid-cols-4">
        {shown.map((use) => (
          <LimitBar key={use.limit.id} use={use} bots={bots} currency={currency} />
        ))}
        {/* The grid's lines are its background, so the rest of the last row is filled. */}
        <li
          aria-hidden
          className={`hidden bg-surface lg:block ${REST[(4 - (shown.length % 4)) % 4] ?? ""}`}
        />
      </ul>
      {!only && items.length > SHOWN && (
        <Button variant="ghost" className="mt-2" onClick={() => setAll(!all)}>
          {all ? "Show the nearest to their limits" : `Show all ${count(items.length)} limits`}
        </Button>
      )}
    </>
  );
}

const REST = ["lg:hidden", "lg:col-span-1", "lg:col-span-2", "lg:col-span-3"];
