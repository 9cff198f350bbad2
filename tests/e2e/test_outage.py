"""Outages under an open page: a killed dashboard, and a Valkey that stands still."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stack import RunningStack, until


def test_a_dead_dashboard_is_shown_and_nothing_is_lost(page: Page, stack: RunningStack) -> None:
    if stack.home is None:
        pytest.skip("the stack was not started here: set E2E_HOME to reach its dashboard's process")
    bot = stack.bot()
    last = stack.finished_run(bot["id"])["id"]
    page.goto(f"/bots/{bot['id']}")
    expect(page.locator("[data-link=good]")).to_have_text("Live")
    page.locator(".react-flow__node").first.wait_for()
    page.evaluate("window.notReloaded = true")

    process = stack.process("dashboard")
    process.kill()
    badge = page.locator("[data-link=warn]")
    expect(badge).to_contain_text("Reconnecting", timeout=5_000)
    expect(badge).to_contain_text("stale since")
    expect(page.locator(".react-flow__node").first).to_be_visible()

    until(stack.answers, "the supervisor to start the dashboard again", limit_s=60)
    expect(page.locator("[data-link=good]")).to_have_text("Live", timeout=30_000)

    def ended_since() -> list[str] | None:
        runs = stack.get(f"/runs?bot={bot['id']}&limit=100")["items"]
        ids = [run["id"] for run in runs if run["status"] != "running"]
        fresh = ids[: ids.index(last)] if last in ids else ids
        return fresh if len(fresh) >= 2 else None

    for run_id in until(ended_since, "runs that went on through the outage", limit_s=90):
        expect(page.locator(f"[data-run='{run_id}']:not([data-kind=running])")).to_be_attached()
    assert page.evaluate("window.notReloaded")


def test_a_valkey_that_stands_still_is_shown_and_no_event_is_lost(page: Page, stack: RunningStack) -> None:
    if stack.home is None:
        pytest.skip("the stack was not started here: set E2E_HOME to reach its server's process")
    bot = stack.bot()
    last = stack.finished_run(bot["id"])["id"]
    page.goto(f"/bots/{bot['id']}")
    expect(page.locator("[data-link=good]")).to_have_text("Live")

    server = stack.process("valkey")
    server.suspend()
    try:
        badge = page.locator("[data-link=warn]")
        expect(badge).to_contain_text("Stalled", timeout=20_000)
        expect(badge).to_contain_text("stale since")
    finally:
        server.resume()
    expect(page.locator("[data-link=good]")).to_have_text("Live", timeout=30_000)

    def later_run() -> str | None:
        found = stack.finished_run(bot["id"])["id"]
        return found if found != last else None

    run_id = until(later_run, "a run after the standstill", limit_s=90)
    expect(page.locator(f"[data-run='{run_id}']:not([data-kind=running])")).to_be_attached(timeout=15_000)
