import { LoaderCircle, Power } from "lucide-react";
import { useState } from "react";
import type { BotSummary } from "@/api/types";
import { Button } from "@/components/ui/button";
import { share } from "@/lib/format";
import { scopeName } from "@/components/scopes";

interface Props {
  scope: string;
  bots: readonly BotSummary[] | undefined;
  /** Largest distance from the best price at which a position is sold, 0..1. */
  slippage: string | undefined;
  pending: boolean;
  onArm: (flatten: boolean) => void;
  onCancel: () => void;
}

/** The first of two steps into SHUTDOWN: it halts at once and asks for a confirmation. */
export function ShutdownPlan({ scope, bots, slippage, pending, onArm, onCancel }: Props) {
  const [flatten, setFlatten] = useState(false);
  return (
    <section aria-label="Shut down" className="space-y-3 rounded-xl border border-bad/35 bg-bad/5 p-3.5">
      <p className="text-[13px] text-pretty text-ink-soft">
        Shutting down {scopeName(scope, bots)} cancels every working order. Runs stop at their next node, and
        only the liquidator may act. Arming halts at once. Confirming shuts down.
      </p>
      <label className="flex items-start gap-2.5 text-sm">
        <input
          type="checkbox"
          checked={flatten}
          onChange={(event) => setFlatten(event.target.checked)}
          className="mt-0.5 size-4 accent-(--bad)"
        />
        <span>
          Sell all positions
          <span className="block text-xs text-ink-faint">
            In slices, none further than {share(slippage, 1)} from the best price; positions that could not be
            sold are reported.
          </span>
        </span>
      </label>
      <div className="flex flex-wrap gap-2">
        <Button variant="grave" size="md" disabled={pending} onClick={() => onArm(flatten)}>
          {pending ? <LoaderCircle className="animate-spin" /> : <Power />} Arm the shutdown
        </Button>
        <Button variant="ghost" size="md" onClick={onCancel}>
          Not now
        </Button>
      </div>
    </section>
  );
}
