import { cn } from "@/lib/cn";
import { TONE_CHIP, TONE_TEXT, type StatusLook } from "./status";

interface Props {
  look: StatusLook;
  /** Text in place of the look's own label. */
  label?: string;
  className?: string;
}

export function StatusChip({ look, label, className }: Props) {
  return (
    <span
      className={cn(
        "inline-flex h-6 shrink-0 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap",
        TONE_CHIP[look.tone],
        className,
      )}
    >
      <StatusIcon look={look} className="size-3.5 text-current" />
      {label ?? look.label}
    </span>
  );
}

export function StatusIcon({ look, className }: { look: StatusLook; className?: string }) {
  const Icon = look.icon;
  return (
    <Icon
      aria-hidden
      className={cn("shrink-0", TONE_TEXT[look.tone], look.spin && "animate-spin", className)}
    />
  );
}
