import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EmergencyAnswer, EmergencyItem } from "@/api/types";
import { forgetServerTime } from "@/lib/server-time";
import { bot } from "@/live/events.fixture";
import { EmergencyControl } from "./EmergencyControl";
import { ScopeControl, ScopeNotice } from "./ScopeControl";

const HALT: EmergencyItem = {
  scope: "platform",
  state: "HALT",
  epoch: 7,
  actor: "guard",
  reason: "data are stale",
  at: "2026-02-02T11:00:00.000Z",
  automatic: true,
  cause: "stale_data",
  clearsAt: null,
  flatten: false,
  armedFor: null,
  armedUntil: null,
};

function answer(over: Partial<EmergencyAnswer>): EmergencyAnswer {
  const rest = {
    before: "NORMAL",
    changed: true,
    recorded: true,
    flagged: true,
    inFlight: 0,
    code: null,
    requested: null,
  } as const;
  return { ...HALT, ...rest, ...over };
}

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

interface Sent {
  path: string;
  body: Record<string, unknown>;
}

/** Fake server that keeps the states of its answers. */
function setUp(states: EmergencyItem[], reply: (sent: Sent) => Response, page = <EmergencyControl />) {
  const sent: Sent[] = [];
  const of = (scope: string) => states.find((each) => each.scope === scope);
  Element.prototype.scrollIntoView = () => undefined;
  vi.stubGlobal(
    "fetch",
    vi.fn(async (request: Request) => {
      const path = new URL(request.url).pathname.replace("/api/v1", "");
      if (request.method === "POST") {
        const order = { path, body: (await request.json()) as Sent["body"] };
        sent.push(order);
        const response = reply(order);
        if (response.ok) {
          const made = (await response.clone().json()) as EmergencyAnswer;
          states = [...states.filter((each) => each.scope !== made.scope), made];
        }
        return response;
      }
      if (path === "/emergency") return json({ states, effective: [], flattenSlippage: "0.05" });
      if (path === "/system")
        return json({ emergency: of("platform") ?? { ...HALT, state: "NORMAL", reason: "" } });
      if (path === "/bots") return json({ items: [bot()] });
      return json({ items: [], nextBefore: null });
    }),
  );
  render(<QueryClientProvider client={new QueryClient()}>{page}</QueryClientProvider>);
  return sent;
}

afterEach(() => {
  cleanup();
  forgetServerTime();
  vi.unstubAllGlobals();
});

describe("the emergency control", () => {
  it("halts with one click and Enter, and says what is still in flight", async () => {
    const sent = setUp([], () => json(answer({ inFlight: 2 })));
    fireEvent.click(
      await screen.findByRole("button", { name: "Normal. Emergency control: the platform is NORMAL" }),
    );
    const halt = await screen.findByRole("button", { name: "Halt the platform" });
    expect(document.activeElement).toBe(halt);
    fireEvent.click(halt);
    await waitFor(() => expect(document.querySelector("[data-outcome=HALT]")).not.toBeNull());
    expect(sent).toEqual([
      { path: "/emergency/halt", body: { scope: "platform", reason: "By hand in the dashboard" } },
    ]);
    expect(document.querySelector("[data-outcome]")?.textContent).toContain("2 actions begun before");
    expect(await screen.findByText("Halt", { selector: "[data-emergency=HALT]" })).toBeTruthy();
  });

  it("does not say that nothing is in flight when Postgres was not asked", async () => {
    setUp([], () => json(answer({ recorded: false })));
    fireEvent.click(await screen.findByRole("button", { name: /Emergency control/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Halt the platform" }));
    await waitFor(() => expect(document.querySelector("[data-outcome=HALT]")).not.toBeNull());
    const said = document.querySelector("[data-outcome]")?.textContent;
    expect(said).toContain("Postgres could not be updated yet");
    expect(said).not.toContain("in flight");
  });

  it("says who stopped it and why, and what stands in the way of a resume", async () => {
    setUp([HALT], () =>
      json(
        {
          error: {
            code: "conflict",
            message: "platform may not leave HALT before a clean reconciliation",
            found: "b1: not reconciled since 11:00; b2: an order is unknown",
            remedy: "settle unknown actions",
          },
        },
        409,
      ),
    );
    fireEvent.click(await screen.findByRole("button", { name: /the platform is HALT/ }));
    const list = await screen.findByRole("region", { name: "Not normal" });
    expect(list.textContent).toContain("data are stale");
    expect(list.textContent).toContain("By itself, stale data");
    fireEvent.click(screen.getByRole("button", { name: "Resume" }));
    const refusal = await screen.findByRole("alert");
    expect(
      within(refusal)
        .getAllByRole("listitem")
        .map((each) => each.textContent),
    ).toEqual(["b1: not reconciled since 11:00", "b2: an order is unknown"]);
    expect(refusal.textContent).toContain("Settle unknown actions");
  });

  it("lowers a halt to an alert by a resume, and says when an alert left a halt as it is", async () => {
    const sent = setUp([HALT], ({ path }) =>
      json(
        path.endsWith("resume")
          ? answer({ state: "ALERT", before: "HALT" })
          : answer({ before: "HALT", changed: false, requested: "ALERT" }),
      ),
    );
    fireEvent.click(await screen.findByRole("button", { name: /the platform is HALT/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Resume as alert" }));
    await waitFor(() => expect(document.querySelector("[data-outcome=ALERT]")).not.toBeNull());
    expect(sent[0]).toMatchObject({ path: "/emergency/resume", body: { to: "ALERT" } });
    cleanup();
    setUp([], () => json(answer({ before: "HALT", changed: false, requested: "ALERT" })));
    fireEvent.click(await screen.findByRole("button", { name: /Emergency control/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Alert" }));
    await waitFor(() => expect(document.querySelector("[data-outcome=HALT]")).not.toBeNull());
    expect(document.querySelector("[data-outcome]")?.textContent).toContain("HALT forbids more than ALERT");
  });

  it("shuts down with the code of the first answer", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const sent = setUp([], ({ body }) =>
      json(
        body["confirm"]
          ? answer({ state: "SHUTDOWN", before: "HALT", flatten: true })
          : answer({ armedFor: "SHUTDOWN", armedUntil: soon, code: "QX7K2M", flatten: true }),
      ),
    );
    fireEvent.click(await screen.findByRole("button", { name: /Emergency control/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Shut down…" }));
    fireEvent.click(screen.getByLabelText(/Sell all positions/));
    fireEvent.click(screen.getByRole("button", { name: "Arm the shutdown" }));
    const confirm = await screen.findByRole("region", { name: "Confirm" });
    expect(confirm.textContent).toContain("Shut the platform down and sell all positions?");
    fireEvent.click(screen.getByRole("button", { name: "Confirm the shutdown" }));
    await waitFor(() => expect(document.querySelector("[data-outcome=SHUTDOWN]")).not.toBeNull());
    expect(sent.map(({ path, body }) => [path, body["flatten"], body["confirm"]])).toEqual([
      ["/emergency/shutdown", true, null],
      ["/emergency/shutdown", true, "QX7K2M"],
    ]);
    expect(screen.queryByRole("button", { name: "Confirm the shutdown" })).toBeNull();
  });

  it("counts the time for the second step by the server's clock", async () => {
    const server = Date.now() - 90_000; // this browser's clock is 90 s fast
    const until = new Date(server + 60_000).toISOString();
    setUp([], () => {
      const body = answer({ armedFor: "SHUTDOWN", armedUntil: until, code: "QX7K2M" });
      const headers = { "content-type": "application/json", "x-argosy-time": String(server) };
      return new Response(JSON.stringify(body), { headers });
    });
    fireEvent.click(await screen.findByRole("button", { name: /Emergency control/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Shut down…" }));
    fireEvent.click(screen.getByRole("button", { name: "Arm the shutdown" }));
    const confirm = await screen.findByRole("button", { name: "Confirm the shutdown" });
    expect(confirm.hasAttribute("disabled")).toBe(false);
    expect(screen.getByRole("region", { name: "Confirm" }).textContent).toMatch(
      /Armed for (60|59|58) s more/,
    );
  });

  it("of a strategy begins with that strategy, and shows what stops the bot around it", async () => {
    const sent = setUp(
      [{ ...HALT, scope: "bot:b1" }],
      () => json(answer({ scope: "strategy:b1/s1" })),
      <>
        <ScopeControl bot={bot()} strategyId="s1" />
        <ScopeNotice bot={bot()} strategyId="s1" />
      </>,
    );
    const notice = await screen.findByText("Bot is HALT");
    expect(notice.closest("[data-scope-notice]")?.getAttribute("data-scope-notice")).toBe("bot:b1");
    fireEvent.click(screen.getByRole("button", { name: "Halt… Emergency control of Bot / S: NORMAL" }));
    fireEvent.change(await screen.findByLabelText(/Why/), { target: { value: "odd fills" } });
    fireEvent.click(screen.getByRole("button", { name: "Halt Bot / S" }));
    await waitFor(() =>
      expect(sent).toEqual([
        { path: "/emergency/halt", body: { scope: "strategy:b1/s1", reason: "odd fills" } },
      ]),
    );
  });
});
