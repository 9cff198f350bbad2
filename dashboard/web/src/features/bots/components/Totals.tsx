import type { BotSummary } from "@/api/types";
import { Profit } from "@/components/Figure";
import { purses } from "@/features/bots/purses";
import { cn } from "@/lib/cn";
import { count, money, returnOn, toNumber } from "@/lib/format";

function sum(bots: readonly BotSummary[], key: string): number {
  return bots.reduce((total, bot) => total + (toNumber(bot.metrics[key]) ?? 0), 0);
}

export function Totals({ bots }: { bots: readonly BotSummary[] }) {
  const found = purses(bots);
  const several = found.length > 1;
  const active = bots.filter((bot) => bot.state === "running").length;
  return (
    <dl className="flex flex-wrap items-end gap-x-10 gap-y-4">
      {found.map(({ mode, currency, pnl, capital }) => (
        <div key={`${mode} ${currency}`}>
          <dt className="text-xs text-ink-faint">
            {several ? `Profit and loss, ${mode}, ${currency}` : "Total profit and loss"}
          </dt>
          <dd className="mt-1 flex items-baseline gap-2.5">
            <Profit
              value={pnl}
              currency={currency}
              className={cn("leading-none font-semibold tracking-tight", several ? "text-2xl" : "text-4xl")}
            />
            <span className="figures text-sm text-ink-faint">
              {returnOn(pnl, capital)}
              {several && ` of ${money(capital, { currency, rounded: true })}`}
            </span>
          </dd>
        </div>
      ))}
      {found.length === 1 && (
        <Total label="Capital">
          {money(found[0]?.capital, { currency: found[0]?.currency, rounded: true })}
        </Total>
      )}
      <Total label="Bots running">
        {count(active)}
        <span className="text-ink-faint"> / {count(bots.length)}</span>
      </Total>
      <Total label="Opportunities found">{count(sum(bots, "opportunitiesFound"))}</Total>
      <Total label="Executed">{count(sum(bots, "executed"))}</Total>
    </dl>
  );
}

function Total({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-ink-faint">{label}</dt>
      <dd className="figures mt-1 text-xl leading-none font-semibold tracking-tight">{children}</dd>
    </div>
  );
}
