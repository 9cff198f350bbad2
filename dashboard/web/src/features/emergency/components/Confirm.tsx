import { LoaderCircle, Power, Play } from "lucide-react";
import { useEffect, useRef } from "react";
import type { BotSummary, EmergencyAnswer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { toMillis, useNow } from "@/lib/time";
import { scopeName } from "@/components/scopes";

interface Props {
  /** The answer of the first step, with the code of the second. */
  armed: EmergencyAnswer;
  bots: readonly BotSummary[] | undefined;
  pending: boolean;
  onConfirm: (code: string) => void;
}

/** The second step, while there is time for it. */
export function Confirm({ armed, bots, pending, onConfirm }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const until = toMillis(armed.armedUntil) ?? 0;
  const left = Math.max(0, Math.ceil((until - useNow()) / 1000));
  useEffect(() => {
    button.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const { code } = armed;
  if (code === null) return null;
  const entering = armed.armedFor === "SHUTDOWN";
  const name = scopeName(armed.scope, bots);
  return (
    <section
      aria-label="Confirm"
      className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-bad/35 bg-bad/5 p-3.5"
    >
      <p className="text-sm">
        {entering
          ? `Shut ${name} down${armed.flatten ? " and sell what is held" : ""}?`
          : `Let ${name} out of its shutdown?`}
        <span className="figures block text-xs text-ink-faint">
          {left > 0 ? `Armed for ${left} s more, code ` : "The time for this has passed: arm it again. Code "}
          <code className="font-mono">{code}</code>
        </span>
      </p>
      <Button
        ref={button}
        variant={entering ? "grave" : "primary"}
        size="lg"
        disabled={pending || left === 0}
        onClick={() => onConfirm(code)}
      >
        {pending ? <LoaderCircle className="animate-spin" /> : entering ? <Power /> : <Play />}
        {entering ? "Confirm the shutdown" : "Confirm"}
      </Button>
    </section>
  );
}
