import { LoaderCircle, Power, Play } from "lucide-react";
import { useEffect, useRef } from "react";
import type { BotSummary, EmergencyAnswer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { toMillis, useNow } from "@/lib/time";
import { scopeName } from "@/components/scopes";

/** Result of the first step: the answer, the code of the second step, and whether to sell positions. */
export interface Armed {
  answer: EmergencyAnswer;
  code: string;
  flatten: boolean;
}

interface Props {
  armed: Armed;
  bots: readonly BotSummary[] | undefined;
  pending: boolean;
  onConfirm: () => void;
}

/** The second step, until its time runs out. */
export function Confirm({ armed, bots, pending, onConfirm }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const until = toMillis(armed.answer.armedUntil) ?? 0;
  const left = Math.max(0, Math.ceil((until - useNow()) / 1000));
  useEffect(() => {
    button.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const entering = armed.answer.armedFor === "SHUTDOWN";
  const name = scopeName(armed.answer.scope, bots);
  return (
    <section
      aria-label="Confirm"
      className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-bad/35 bg-bad/5 p-3.5"
    >
      <p className="text-sm">
        {entering
          ? `Shut ${name} down${armed.flatten ? " and sell all positions" : ""}?`
          : `Let ${name} out of its shutdown?`}
        <span className="figures block text-xs text-ink-faint">
          {left > 0 ? `Armed for ${left} s more, code ` : "This code has expired: arm the step again. Code "}
          <code className="font-mono">{armed.code}</code>
        </span>
      </p>
      <Button
        ref={button}
        variant={entering ? "grave" : "primary"}
        size="lg"
        disabled={pending || left === 0}
        onClick={onConfirm}
      >
        {pending ? <LoaderCircle className="animate-spin" /> : entering ? <Power /> : <Play />}
        {entering ? "Confirm the shutdown" : "Confirm"}
      </Button>
    </section>
  );
}
