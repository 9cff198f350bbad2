import type { BotSummary } from "@/api/types";
import { Profit } from "@/components/Figure";
import { count, money, returnOn, toNumber } from "@/lib/format";

/** Sums over the bots of one currency; for looking at, not for booking. */
function sum(bots: readonly BotSummary[], key: string): number {
  return bots.reduce((total, bot) => total + (toNumber(bot.metrics[key]) ?? 0), 0);
}

export function Totals({ bots }: { bots: readonly BotSummary[] }) {
  const currencies = new Set(bots.map((bot) => bot.baseCurrency));
  const currency = currencies.size === 1 ? [...currencies][0] : "USD";
  const pnl = sum(bots, "pnl");
  const capital = sum(bots, "capital");
  const active = bots.filter((bot) => bot.state === "running").length;
  return (
    <dl className="flex flex-wrap items-end gap-x-10 gap-y-4">
      <div>
        <dt className="text-xs text-ink-faint">Total profit and loss</dt>
        <dd className="mt-1 flex items-baseline gap-2.5">
          <Profit
            value={pnl}
            currency={currency}
            className="text-4xl leading-none font-semibold tracking-tight"
          />
          <span className="figures text-sm text-ink-faint">{returnOn(pnl, capital)}</span>
        </dd>
      </div>
      <Total label="Capital">{money(capital, { currency, decimals: 0 })}</Total>
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
