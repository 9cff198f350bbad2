import { useQuery } from "@tanstack/react-query";
import { domainsQuery } from "@/api/queries";
import type { BotSummary } from "@/api/types";
import { Figure } from "@/components/Figure";
import { isNumeric, money, plain, share } from "@/lib/format";

const CURRENCY = /^[A-Z]{3}$/;

/** Figures that the bot's domain declares and its nodes publish; nothing where there are none. */
export function DomainFigures({ bot }: { bot: Pick<BotSummary, "domain" | "metrics"> }) {
  const { data } = useQuery(domainsQuery);
  const declared = data?.items.find((each) => each.name === bot.domain)?.figures ?? [];
  const shown = declared.flatMap((each) => {
    const value = bot.metrics[each.metric];
    return isNumeric(value) ? [{ ...each, value }] : [];
  });
  if (shown.length === 0) return null;
  return (
    <dl aria-label="Figures of the domain" className="mt-3 grid grid-cols-4 gap-3 px-4">
      {shown.map(({ metric, title, unit, value }) => (
        <Figure key={metric} label={title}>
          {written(value, unit)}
        </Figure>
      ))}
    </dl>
  );
}

function written(value: string | number, unit: string): string {
  if (unit === "%") return share(value, 1);
  if (CURRENCY.test(unit)) return money(value, { currency: unit });
  return `${plain(value)} ${unit}`.trim();
}
