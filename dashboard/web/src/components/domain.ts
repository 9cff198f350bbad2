import {
  Blocks,
  CandlestickChart,
  Cpu,
  Landmark,
  Megaphone,
  ShoppingCart,
  type LucideIcon,
} from "lucide-react";

const DOMAINS: Record<string, { label: string; icon: LucideIcon }> = {
  trading: { label: "Trading", icon: CandlestickChart },
  compute: { label: "Compute", icon: Cpu },
  advertising: { label: "Advertising", icon: Megaphone },
  ecommerce: { label: "E-commerce", icon: ShoppingCart },
  credit: { label: "Credit", icon: Landmark },
};

export function domainLook(domain: string): { label: string; icon: LucideIcon } {
  return DOMAINS[domain] ?? { label: domain, icon: Blocks };
}

export const MODES = {
  paper: { label: "Paper", hint: "Real or sandboxed prices, simulated fills: no money moves" },
  sandbox: { label: "Sandbox", hint: "The venue is Argosy's own local server: no money moves" },
  live: { label: "Live", hint: "Real venue, real money" },
} as const;
