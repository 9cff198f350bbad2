import { CircleAlert, CircleX } from "lucide-react";
import type { BotSummary } from "@/api/types";
import { cn } from "@/lib/cn";
import { Time } from "./Time";

/** Warnings about a bot: each cause once, with its remedy. */
export function BotWarnings({ bot }: { bot: Pick<BotSummary, "warnings"> }) {
  if (bot.warnings.length === 0) return null;
  return (
    <ul aria-label="Warnings" className="space-y-1.5 text-[13px]">
      {bot.warnings.map(({ code, text, since }) => {
        const failing = code === "failing";
        const Icon = failing ? CircleX : CircleAlert;
        return (
          <li key={code} data-warning={code} className="flex gap-2">
            <Icon
              aria-label={failing ? "error" : "warning"}
              className={cn("mt-0.5 size-4 shrink-0", failing ? "text-bad" : "text-warn")}
            />
            <span className="min-w-0 break-words">
              {text}{" "}
              <span className="text-ink-faint">
                Since <Time at={since} />.
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
