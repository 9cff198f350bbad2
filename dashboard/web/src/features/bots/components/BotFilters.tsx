import type { BotSummary } from "@/api/types";
import { useDomainLook } from "@/components/domain";
import { BOT_LOOKS } from "@/components/status";
import { Segmented } from "@/components/ui/segmented";
import { ALL, tally, type Filter } from "../filter";

interface Props {
  bots: readonly BotSummary[];
  filter: Filter;
  onChange: (filter: Filter) => void;
}

export function BotFilters({ bots, filter, onChange }: Props) {
  const domainLook = useDomainLook();
  const domains = tally(bots, "domain").map(([value, count]) => ({
    value,
    count,
    label: domainLook(value).label,
  }));
  const states = tally(bots, "state").map(([value, count]) => ({
    value,
    count,
    label: BOT_LOOKS[value as BotSummary["state"]].label,
  }));
  const all = { value: ALL, label: "All", count: bots.length };
  return (
    <div className="flex max-w-full flex-wrap gap-2 overflow-x-auto">
      {(domains.length > 1 || filter.domain !== ALL) && (
        <Segmented
          label="Domain"
          value={filter.domain}
          options={[all, ...domains]}
          onChange={(domain) => onChange({ ...filter, domain })}
        />
      )}
      <Segmented
        label="State"
        value={filter.state}
        options={[all, ...states]}
        onChange={(state) => onChange({ ...filter, state })}
      />
    </div>
  );
}
