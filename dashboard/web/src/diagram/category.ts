import {
  BellRing,
  Braces,
  ChartNoAxesColumnIncreasing,
  Hand,
  Layers,
  Puzzle,
  Radio,
  Send,
  Shield,
  SlidersHorizontal,
  Split,
  Zap,
  type LucideIcon,
} from "lucide-react";

interface CategoryLook {
  icon: LucideIcon;
  /** Hue of the icon's tile, in degrees of OKLCH. */
  hue: number;
}

const LOOKS: Record<string, CategoryLook> = {
  trigger: { icon: Zap, hue: 85 },
  source: { icon: Radio, hue: 235 },
  transform: { icon: Braces, hue: 285 },
  condition: { icon: Split, hue: 320 },
  scorer: { icon: ChartNoAxesColumnIncreasing, hue: 195 },
  risk: { icon: Shield, hue: 40 },
  optimizer: { icon: SlidersHorizontal, hue: 170 },
  executor: { icon: Send, hue: 145 },
  monitor: { icon: BellRing, hue: 60 },
  gate: { icon: Hand, hue: 10 },
  strategy: { icon: Layers, hue: 205 },
};
const OTHER: CategoryLook = { icon: Puzzle, hue: 250 };

export function categoryLook(category: string): CategoryLook {
  return LOOKS[category] ?? OTHER;
}
