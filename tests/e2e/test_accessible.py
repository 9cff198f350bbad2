"""Every screen against the rules of WCAG 2 A and AA that a program can check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import RunningStack

AXE = Path(__file__).resolve().parents[2] / "dashboard/web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture(params=[("light", "desktop"), ("dark", "phone")], ids="-".join)
def screen(browser: Browser, stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Page]:
    theme, name = request.param
    width, height = WIDTHS[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        reduced_motion="reduce",
        base_url=stack.url,
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def faults(page: Page) -> list[str]:
    """What axe finds, as rule, element and reason."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run `make web`")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_every_screen_can_be_read_and_used_by_all(screen: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    stack.finished_run(bot["id"])
    problems: dict[str, list[str]] = {}
    screen.goto("/")
    expect(screen.locator("article[data-bot]").first).to_be_visible()
    problems["bots"] = faults(screen)
    screen.get_by_text("Warnings", exact=True).click()
    problems["warnings"] = faults(screen)
    screen.locator("[data-emergency]").first.click()
    expect(screen.get_by_role("dialog")).to_be_visible()
    problems["halt"] = faults(screen)
    screen.goto(f"/bots/{bot['id']}")
    expect(screen.locator("[data-strategy]").first).to_be_visible()
    problems["bot"] = faults(screen)
    screen.goto(f"/bots/{bot['id']}/strategies/{bot['strategies'][0]['id']}")
    expect(screen.get_by_role("heading", level=1)).to_have_text(re.compile(r"\w"))
    expect(screen.locator(".react-flow__node, [data-node]").first).to_be_visible()
    problems["strategy"] = faults(screen)
    screen.goto("/no/such/page")
    expect(screen.get_by_role("link", name="To the bots")).to_be_visible()
    problems["nothing here"] = faults(screen)
    assert {name: found for name, found in problems.items() if found} == {}
