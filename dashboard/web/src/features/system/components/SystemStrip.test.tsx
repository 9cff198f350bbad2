import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { SystemStatus } from "@/api/types";
import { LiveContext, type Live } from "@/live/hooks";
import type { Link } from "@/live/socket";
import { LiveStore } from "@/live/store";
import { LinkBadge } from "./LinkBadge";
import { SystemStrip } from "./SystemStrip";

const FINE: SystemStatus = {
  version: "1",
  profile: "development",
  startedAt: "2026-02-02T11:00:00.000Z",
  now: "2026-02-02T11:00:05.000Z",
  silent: [],
  emergency: { known: true, scope: "platform", state: "NORMAL", epoch: 1, reason: "" },
  workers: [],
  recorder: { lagEvents: 0, lastSeq: "1-0" },
  events: { firstSeq: "1-0", lastSeq: "1-0" },
  beat: { known: true, leader: "b", lastTick: null },
  urls: { flower: null },
};

function strip(system: SystemStatus): string {
  const cache = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  cache.setQueryData(keys.system, system);
  render(
    <QueryClientProvider client={cache}>
      <SystemStrip />
    </QueryClientProvider>,
  );
  return screen.getByRole("list", { name: "Platform" }).textContent;
}

function badge(link: Partial<Link>): HTMLElement {
  const store = new LiveStore(() => undefined);
  const whole: Link = {
    status: "live",
    heardAt: 1,
    attempt: 0,
    retryAt: null,
    stalledSince: null,
    coalesced: 0,
    resets: 0,
    refusal: null,
    ...link,
  };
  store.values.set("link", whole);
  render(
    <LiveContext value={{ store } as unknown as Live}>
      <LinkBadge />
    </LiveContext>,
  );
  return screen.getByRole("status");
}

afterEach(cleanup);

describe("the platform's strip", () => {
  it("says that all is kept only when both servers said so", () => {
    expect(strip(FINE)).toContain("Up to dateEvery event is kept");
  });

  it("says unknown where Redis does not answer", () => {
    const shown = strip({
      ...FINE,
      silent: ["redis"],
      workers: null,
      recorder: { lagEvents: null, lastSeq: "1-0" },
    });
    expect(shown).toContain("History: unknownRedis does not answer");
    expect(shown).toContain("Workers: unknownRedis does not answer");
    expect(shown).not.toContain("Up to date");
  });

  it("says unknown where Postgres does not answer", () => {
    const beat = { known: false, leader: null, lastTick: null };
    const shown = strip({ ...FINE, silent: ["postgres"], beat });
    expect(shown).toContain("History: unknownPostgres does not answer");
    expect(shown).toContain("Schedule: unknownPostgres does not answer");
  });
});

describe("the badge of the live connection", () => {
  it("is green while the server reads the stream", () => {
    expect(badge({}).dataset["link"]).toBe("good");
  });

  it("is not green while the server cannot read it, and says since when", () => {
    const shown = badge({ stalledSince: Date.UTC(2026, 1, 2, 11, 0, 5) });
    expect(shown.dataset["link"]).toBe("warn");
    expect(shown.textContent).toMatch(/Stalled · stale since .*\d\d:\d\d:05/);
  });
});
