import { recall, remember } from "@/lib/storage";

export type Theme = "system" | "light" | "dark";

/** Storage key; public/theme.js reads it before the first paint. */
const KEY = "argosy.theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

export function theme(): Theme {
  const found = recall(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

export function nextTheme(current: Theme): Theme {
  return ORDER[(ORDER.indexOf(current) + 1) % ORDER.length] ?? "system";
}

function apply(choice: Theme): void {
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
}

export function setTheme(choice: Theme): void {
  remember(KEY, choice);
  apply(choice);
}

/** Follows changes of the system's theme while no theme is chosen. */
export function followSystem(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(theme()));
}
