import { ArrowDownRight, ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { money, trend, type Numeric } from "@/lib/format";

interface FigureProps {
  label: string;
  children: ReactNode;
  className?: string;
}

/** A named number. */
export function Figure({ label, children, className }: FigureProps) {
  return (
    <div className={cn("min-w-0", className)}>
      <dt className="truncate text-xs text-ink-faint">{label}</dt>
      <dd className="figures mt-0.5 truncate text-sm font-medium">{children}</dd>
    </div>
  );
}

const TONES = { up: "text-good", down: "text-bad", flat: "text-ink-soft" } as const;

interface ProfitProps {
  value: Numeric;
  currency?: string | undefined;
  className?: string;
}

/** Profit or loss, shown by sign, arrow and colour. */
export function Profit({ value, currency, className }: ProfitProps) {
  const direction = trend(value);
  return (
    <span
      className={cn(
        "figures inline-flex items-center gap-0.5 whitespace-nowrap",
        TONES[direction],
        className,
      )}
    >
      {money(value, { signed: true, currency })}
      {direction === "up" && <ArrowUpRight aria-label="gain" className="size-[0.95em] shrink-0" />}
      {direction === "down" && <ArrowDownRight aria-label="loss" className="size-[0.95em] shrink-0" />}
    </span>
  );
}
