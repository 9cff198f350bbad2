"""The list of bots, and the way from it to a strategy and back."""

from __future__ import annotations

import re
import statistics

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stack import RunningStack


def test_every_bot_is_listed_with_its_state_and_the_platform_s(page: Page, stack: RunningStack) -> None:
    stack.bot()
    page.goto("/")
    bots = stack.get("/bots")["items"]
    expect(page.locator("article[data-bot]")).to_have_count(len(bots))
    for bot in bots:
        card = page.locator(f"article[data-bot='{bot['id']}']")
        expect(card.get_by_role("link", name=bot["name"])).to_be_visible()
        expect(card).to_contain_text(re.compile("Running|Paused|Halted"))
    platform = page.get_by_role("list", name="Platform")
    expect(platform).to_contain_text(re.compile(r"\d+ of \d+ online"))
    expect(platform).to_contain_text("Ticking")
    expect(page.locator("[data-link=good]")).to_have_text("Live")


def test_filters_are_kept_in_the_address(page: Page, stack: RunningStack) -> None:
    state = stack.bot()["state"]
    page.goto("/?state=nothing")
    expect(page.get_by_text("No bot fits the filter")).to_be_visible()
    page.get_by_role("button", name="Show all bots").click()
    expect(page.locator("article[data-bot]")).to_have_count(len(stack.get("/bots")["items"]))
    page.get_by_role("radiogroup", name="State").or_(page.get_by_role("group", name="State")).get_by_text(
        state.capitalize()
    ).click()
    expect(page).to_have_url(re.compile(f"state={state}"))


def test_from_the_list_to_a_strategy_and_back(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    strategy = bot["strategies"][0]
    page.goto("/")
    page.get_by_role("link", name=bot["name"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(bot["name"])
    page.locator(f"[data-strategy='{strategy['id']}']").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(strategy["name"])
    nodes = stack.get(f"/bots/{bot['id']}/strategies/{strategy['id']}")["workflow"]["nodes"]
    expect(page.locator(".react-flow__node")).to_have_count(len(nodes))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(bot["name"])
    page.go_back()
    expect(page.locator("article[data-bot]").first).to_be_visible()


def test_what_does_not_exist_is_said_and_leads_on(page: Page, stack: RunningStack) -> None:
    page.goto("/bots/no_such_bot")
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("Bot no_such_bot could not be loaded")
    expect(alert).to_contain_text("no_such_bot")
    page.goto("/no/such/page")
    page.get_by_role("link", name="To the bots").click()
    expect(page.locator("article[data-bot]").first).to_be_visible()


@pytest.mark.alone
def test_each_tier_is_painted_within_a_second(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    for path in ("/", f"/bots/{bot['id']}", f"/bots/{bot['id']}/strategies/{bot['strategies'][0]['id']}"):
        paints = []
        for _ in range(3):
            page.goto(path)
            page.locator("h1").wait_for(state="attached")
            paints.append(
                page.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"
                )
            )
        assert statistics.median(paints) < 1000, f"{path}: {paints}"
