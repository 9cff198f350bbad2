import { HandCoins, Lightbulb, ReceiptText } from "lucide-react";
import { Empty } from "@/components/Notice";
import { Profit } from "@/components/Figure";
import { ACTION_LOOKS, NODE_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { cn } from "@/lib/cn";
import { humanise, plain, price, isNumeric, share, shorten, type Numeric } from "@/lib/format";
import { useDeals } from "@/live/hooks";
import type { Deal } from "@/live/deals";

interface Props {
  strategyId: string;
  currency: string | undefined;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Opportunities and actions of the strategy since the page was opened. */
export function Deals({ strategyId, currency }: Props) {
  const deals = useDeals().filter((deal) => deal.strategyId === null || deal.strategyId === strategyId);
  if (deals.length === 0) {
    return (
      <Empty icon={HandCoins} title="None since you opened this page">
        Opportunities and actions appear here as they happen; the runs that found some are filled in the
        timeline.
      </Empty>
    );
  }
  return (
    <ol className="max-h-96 divide-y overflow-y-auto rounded-xl border bg-surface text-[13px] shadow-card">
      {deals.map((deal) => (
        <li
          key={deal.id}
          data-action={deal.kind === "action" ? deal.id : undefined}
          data-status={deal.kind === "action" ? word(deal.data["status"]) : undefined}
          className={cn(
            "flex items-center gap-3 px-3.5 py-2.5",
            deal.data["status"] === "unknown" && "bg-bad/8 shadow-[inset_3px_0_var(--bad)]",
          )}
        >
          {deal.kind === "opportunity" ? (
            <Lightbulb aria-label="Opportunity" className="size-4 shrink-0 text-brass" />
          ) : (
            <ReceiptText aria-label="Action" className="size-4 shrink-0 text-accent" />
          )}
          {deal.kind === "opportunity" ? (
            <Opportunity deal={deal} currency={currency} />
          ) : (
            <Action deal={deal} currency={currency} />
          )}
          <Time at={deal.at} className="figures ml-auto shrink-0 text-xs text-ink-faint" />
        </li>
      ))}
    </ol>
  );
}

function Opportunity({ deal, currency }: { deal: Deal; currency: string | undefined }) {
  const { data } = deal;
  const taken = data["taken"] === true;
  return (
    <div className="min-w-0">
      <p className="truncate font-medium">
        {humanise(word(data["type"]) || "opportunity")} ·{" "}
        <Profit value={data["expectedProfit"] as Numeric} currency={currency} />
      </p>
      <p className={cn("truncate text-xs", taken ? "text-good" : "text-ink-faint")}>
        {taken ? "Taken" : "Not taken"}
        {word(data["reason"]) && `: ${word(data["reason"])}`} · confidence{" "}
        {share(data["confidence"] as Numeric)}
      </p>
    </div>
  );
}

function Action({ deal, currency }: { deal: Deal; currency: string | undefined }) {
  const { data } = deal;
  const { quantity, filled } = data;
  const status = word(data["status"]);
  const look = ACTION_LOOKS[status] ?? { ...NODE_LOOKS.pending, label: humanise(status) };
  const at = isNumeric(data["averagePrice"]) ? data["averagePrice"] : data["price"];
  const part = status === "partially_filled" || (status === "unknown" && Number(filled) > 0);
  return (
    <div className="min-w-0">
      <p className="figures flex items-center gap-2 font-medium">
        <span className="truncate">
          {word(data["sentence"]) ? (
            capitalised(shorten(word(data["sentence"]), 80))
          ) : (
            <>
              {humanise(word(data["side"]) || word(data["kind"]))}{" "}
              {part && isNumeric(filled) && `${plain(filled)} of `}
              {isNumeric(quantity) ? plain(quantity) : ""}{" "}
              {shorten(word(data["label"]) || word(data["symbol"]), 40)}
            </>
          )}
          {isNumeric(at) && ` at ${price(at, currency)}`}
        </span>
        <StatusChip look={look} />
      </p>
      <p className="truncate text-xs text-ink-faint" title={word(data["reason"]) || undefined}>
        {word(data["venue"])}
        {data["paper"] === true && " · paper"}
        {word(data["reason"]) && ` · ${word(data["reason"])}`}
      </p>
    </div>
  );
}
