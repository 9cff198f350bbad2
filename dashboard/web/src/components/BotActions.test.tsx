import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { toast } from "sonner";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import type { BotSummary } from "@/api/types";
import { bot } from "@/live/events.fixture";
import { BotActions } from "./BotActions";
import { TooltipProvider } from "./ui/tooltip";

function setUp(reply: () => Promise<Response>, shown: BotSummary = bot()) {
  vi.stubGlobal("fetch", vi.fn(reply));
  const cache = new QueryClient();
  cache.setQueryData(keys.bots, { items: [bot()] });
  render(
    <QueryClientProvider client={cache}>
      <TooltipProvider>
        <BotActions bot={shown} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { state: () => cache.getQueryData<{ items: BotSummary[] }>(keys.bots)?.items[0]?.state };
}

const json = (body: unknown, status: number) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("BotActions", () => {
  it("shows a pause at once and keeps it when the server agrees", async () => {
    let answer: (response: Response) => void = () => undefined;
    const { state } = setUp(() => new Promise((resolve) => (answer = resolve)));
    fireEvent.click(screen.getByRole("button", { name: "Pause Bot" }));
    await waitFor(() => expect(state()).toBe("paused"));
    await waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    answer(json(bot({ state: "paused" }), 200));
    await waitFor(() => expect(state()).toBe("paused"));
  });

  it("takes a refused pause back and says why and what helps", async () => {
    const error = vi.spyOn(toast, "error");
    const { state } = setUp(() =>
      Promise.resolve(
        json({ error: { code: "halted", message: "The bot is halted.", remedy: "Lift the halt." } }, 409),
      ),
    );
    fireEvent.click(screen.getByRole("button", { name: "Pause Bot" }));
    await waitFor(() =>
      expect(error).toHaveBeenCalledWith("Pausing Bot failed", {
        description: "The bot is halted. Lift the halt.",
      }),
    );
    expect(state()).toBe("running");
  });

  it("tells a server that is gone from one that refuses", async () => {
    const error = vi.spyOn(toast, "error");
    setUp(() => Promise.reject(new TypeError("Failed to fetch")));
    fireEvent.click(screen.getByRole("button", { name: "Run now: Bot" }));
    await waitFor(() =>
      expect(error).toHaveBeenCalledWith("Starting Bot failed", {
        description: expect.stringContaining("does not answer") as string,
      }),
    );
  });

  it("offers nothing for an archived bot", () => {
    setUp(() => Promise.reject(new TypeError("not asked")), bot({ state: "archived" }));
    expect(screen.queryAllByRole("button")).toEqual([]);
  });
});
