import { Monitor, Moon, Sun } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { EmergencyBar, EmergencyControl } from "@/features/emergency/components/EmergencyControl";
import { LinkBadge } from "@/features/system/components/LinkBadge";
import { nextTheme, setTheme, theme, type Theme } from "./theme";

const THEMES: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: "Theme: as the system", icon: Monitor },
  light: { label: "Theme: light", icon: Sun },
  dark: { label: "Theme: dark", icon: Moon },
};

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b bg-ground/85 backdrop-blur">
        <div className="mx-auto flex h-13 max-w-[1680px] items-center gap-2 px-4 sm:px-6">
          <Link href="/" className="mr-auto inline-flex items-center gap-2.5 rounded-lg">
            <img src="/favicon.svg" alt="" width={26} height={26} />
            <span className="text-[15px] font-semibold tracking-tight">Argosy</span>
          </Link>
          <LinkBadge />
          <EmergencyControl />
          <ThemeButton />
        </div>
      </header>
      <EmergencyBar />
      <main id="content" className="mx-auto max-w-[1680px] px-4 py-5 sm:px-6">
        {children}
      </main>
    </>
  );
}

function ThemeButton() {
  const [choice, setChoice] = useState(theme);
  const { label, icon: Icon } = THEMES[choice];
  return (
    <Tooltip text={label} side="bottom">
      <Button
        variant="ghost"
        size="icon"
        aria-label={label}
        onClick={() => {
          const next = nextTheme(choice);
          setTheme(next);
          setChoice(next);
        }}
      >
        <Icon />
      </Button>
    </Tooltip>
  );
}
