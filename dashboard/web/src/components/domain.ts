import { useQuery } from "@tanstack/react-query";
import {
  BatteryCharging,
  Blocks,
  CandlestickChart,
  ChartLine,
  Coins,
  Cpu,
  Landmark,
  Megaphone,
  Package,
  Server,
  ShoppingCart,
  Store,
  Truck,
  Wallet,
  Zap,
  type LucideIcon,
} from "lucide-react";
import { domainsQuery } from "@/api/queries";

/** Icons that a domain may choose, by their name at lucide.dev. */
const ICONS: Record<string, LucideIcon> = {
  "battery-charging": BatteryCharging,
  "candlestick-chart": CandlestickChart,
  "chart-line": ChartLine,
  coins: Coins,
  cpu: Cpu,
  landmark: Landmark,
  megaphone: Megaphone,
  package: Package,
  server: Server,
  "shopping-cart": ShoppingCart,
  store: Store,
  truck: Truck,
  wallet: Wallet,
  zap: Zap,
};

export interface DomainLook {
  label: string;
  icon: LucideIcon;
}

/** Look of each domain; an unknown one shows its name. */
export function useDomainLook(): (domain: string) => DomainLook {
  const { data } = useQuery(domainsQuery);
  return (domain) => {
    const found = data?.items.find((each) => each.name === domain);
    return { label: found?.title ?? domain, icon: ICONS[found?.icon ?? ""] ?? Blocks };
  };
}

export const MODES = {
  paper: { label: "Paper", hint: "Real or sandboxed prices, simulated fills: no money moves" },
  sandbox: { label: "Sandbox", hint: "The venue is Argosy's own local server: no money moves" },
  live: { label: "Live", hint: "Real venue, real money" },
} as const;
