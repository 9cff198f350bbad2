import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { bot } from "@/live/events.fixture";
import { BotBadges } from "./BotBadges";
import { BotWarnings } from "./BotWarnings";

afterEach(cleanup);

describe("a bot's badges and warnings", () => {
  it("are green for a bot that runs, and not for one whose every run fails", () => {
    render(<BotBadges bot={bot()} />);
    expect(screen.getByText("Running").className).toContain("text-good");
    cleanup();
    render(<BotBadges bot={{ ...bot(), health: "failing" }} />);
    expect(screen.queryByText("Running")).toBeNull();
    expect(screen.getByText("Failing").className).toContain("text-bad");
    cleanup();
    render(<BotBadges bot={{ ...bot(), state: "paused", health: "failing" }} />);
    expect(screen.getByText("Paused")).toBeTruthy();
  });

  it("name each cause once", () => {
    const since = "2026-02-02T11:00:00.000Z";
    const text = "12 runs were skipped in the last hour: the run before had not ended.";
    render(<BotWarnings bot={{ warnings: [{ code: "overlap", text, count: 12, since }] }} />);
    expect(screen.getByRole("list", { name: "Warnings" }).textContent).toContain(text);
    expect(screen.getByLabelText("warning")).toBeTruthy();
  });
});
