import { cn } from "@/lib/cn";
import { categoryLook } from "./category";

/** Icon of a node's category; the tile's title has its name. */
export function CategoryTile({ category, className }: { category: string; className?: string }) {
  const { icon: Icon, hue } = categoryLook(category);
  return (
    <span
      title={category}
      className={cn("grid size-8 shrink-0 place-items-center rounded-lg [&_svg]:size-4", className)}
      style={{
        background: `light-dark(oklch(0.93 0.04 ${hue}), oklch(0.32 0.05 ${hue}))`,
        color: `light-dark(oklch(0.45 0.11 ${hue}), oklch(0.84 0.1 ${hue}))`,
      }}
    >
      <Icon aria-hidden />
    </span>
  );
}
