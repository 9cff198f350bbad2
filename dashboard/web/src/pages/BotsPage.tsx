import { useQuery } from "@tanstack/react-query";
import { FilterX, Sailboat } from "lucide-react";
import { botsQuery } from "@/api/queries";
import { Empty, Problem, Stale } from "@/components/Notice";
import { SectionTitle, Skeleton } from "@/components/ui/card";
import { Button } from "@/components/ui/button";
import { Activity } from "@/features/activity/components/Activity";
import { BotCard } from "@/features/bots/components/BotCard";
import { BotFilters } from "@/features/bots/components/BotFilters";
import { Totals } from "@/features/bots/components/Totals";
import { ALL, matches } from "@/features/bots/filter";
import { PlatformRisk } from "@/features/risk/components/RiskUse";
import { SystemStrip } from "@/features/system/components/SystemStrip";
import { useQueryParam } from "@/lib/use-query-param";
import { useTitle } from "@/lib/use-title";
import { useScope } from "@/live/hooks";

const SCOPE = { kind: "all" } as const;

export default function BotsPage() {
  useTitle("Bots");
  useScope(SCOPE);
  const { data, error, refetch, dataUpdatedAt } = useQuery(botsQuery);
  return (
    <div className="space-y-6">
      <h1 className="sr-only">Bots</h1>
      {data ? <Totals bots={data.items} /> : <Skeleton className="h-14 w-80" />}
      <SystemStrip />
      {data && <PlatformRisk bots={data.items} />}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div>
          {error && !data ? (
            <Problem error={error} what="The bots" onRetry={() => void refetch()} />
          ) : (
            <>
              {error && <Stale error={error} what="The bots" updatedAt={dataUpdatedAt} />}
              <Bots bots={data?.items} />
            </>
          )}
        </div>
        <div>
          <Activity />
        </div>
      </div>
    </div>
  );
}

function Bots({ bots }: { bots: Parameters<typeof Totals>[0]["bots"] | undefined }) {
  const [domain, setDomain] = useQueryParam("domain");
  const [state, setState] = useQueryParam("state");
  const filter = { domain: domain ?? ALL, state: state ?? ALL };
  const change = (next: typeof filter) => {
    if (next.domain !== filter.domain) setDomain(next.domain === ALL ? null : next.domain, true);
    if (next.state !== filter.state) setState(next.state === ALL ? null : next.state, true);
  };
  const shown = bots?.filter((bot) => matches(bot, filter));
  return (
    <>
      <SectionTitle
        aside={bots && bots.length > 0 && <BotFilters bots={bots} filter={filter} onChange={change} />}
      >
        Bots
      </SectionTitle>
      {!shown ? (
        <div className="grid gap-4 md:grid-cols-2">
          {[0, 1].map((each) => (
            <Skeleton key={each} className="h-56 rounded-xl" />
          ))}
        </div>
      ) : shown.length > 0 ? (
        <div className="grid gap-4 md:grid-cols-2">
          {shown.map((bot) => (
            <BotCard key={bot.id} bot={bot} />
          ))}
        </div>
      ) : bots?.length === 0 ? (
        <Empty icon={Sailboat} title="No bots yet">
          The harbour is empty. <code className="rounded bg-ink/7 px-1 font-mono text-xs">argosy up</code>{" "}
          brings the first ones, which trade on the sandbox without a cent at risk.
        </Empty>
      ) : (
        <Empty icon={FilterX} title="No bot fits the filter">
          <Button className="mt-1" onClick={() => change({ domain: ALL, state: ALL })}>
            Show all bots
          </Button>
        </Empty>
      )}
    </>
  );
}
