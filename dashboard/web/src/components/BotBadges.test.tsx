import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { BotSummary } from "@/api/types";
import { bot } from "@/live/events.fixture";
import { BotBadges } from "./BotBadges";
import { BotWarnings } from "./BotWarnings";

const cache = new QueryClient();
cache.setQueryData(keys.domains, {
  items: [{ name: "trading", title: "Markets", icon: "candlestick-chart", figures: [] }],
});

function show(shown: BotSummary) {
  render(
    <QueryClientProvider client={cache}>
      <BotBadges bot={shown} />
    </QueryClientProvider>,
  );
}

afterEach(cleanup);

describe("a bot's badges and warnings", () => {
  it("are green for a bot that runs, and not for one whose every run fails", () => {
    show(bot());
    expect(screen.getByText("Running").className).toContain("text-good");
    cleanup();
    show({ ...bot(), health: "failing" });
    expect(screen.queryByText("Running")).toBeNull();
    expect(screen.getByText("Failing").className).toContain("text-bad");
    cleanup();
    show({ ...bot(), state: "paused", health: "failing" });
    expect(screen.getByText("Paused")).toBeTruthy();
  });

  it("show the title that the domain declares, and the name of an unknown domain", () => {
    show(bot());
    expect(screen.getByText("Markets").querySelector("svg.lucide-candlestick-chart, svg")).toBeTruthy();
    cleanup();
    show({ ...bot(), domain: "electricity" });
    expect(screen.getByText("electricity").querySelector("svg.lucide-blocks")).toBeTruthy();
  });

  it("name each cause once", () => {
    const since = "2026-02-02T11:00:00.000Z";
    const text = "12 runs were skipped in the last hour: the run before had not ended.";
    render(<BotWarnings bot={{ warnings: [{ code: "overlap", text, count: 12, since }] }} />);
    expect(screen.getByRole("list", { name: "Warnings" }).textContent).toContain(text);
    expect(screen.getByLabelText("warning")).toBeTruthy();
  });
});
