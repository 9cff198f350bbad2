import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const styles = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-45 aria-disabled:opacity-45 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-ink hover:bg-accent/88",
        outline: "border border-line-strong/80 bg-surface text-ink hover:bg-raised",
        danger: "bg-halt text-white hover:bg-halt/88",
        grave: "bg-grave text-white hover:bg-grave/88",
        ghost: "text-ink-soft hover:bg-ink/7 hover:text-ink",
      },
      size: {
        sm: "h-8 px-2.5 text-[13px]",
        md: "h-9 px-3.5 text-sm",
        lg: "h-11 px-5 text-[15px] font-semibold",
        icon: "size-8",
      },
    },
    defaultVariants: { variant: "outline", size: "sm" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof styles> & { asChild?: boolean };

export function Button({ className, variant, size, asChild = false, ...props }: Props) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      type={asChild ? undefined : "button"}
      className={cn(styles({ variant, size }), className)}
      {...props}
    />
  );
}
