"""The live diagram: states as they happen, runs started by hand, replay, deep links, keyboard, phones."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import RunningStack

WATCH = """() => {
  window.seen = [];
  window.notReloaded = true;
  const look = (element) => {
    const node = element.closest('.react-flow__node');
    if (node) window.seen.push([node.dataset.id, element.dataset.status]);
  };
  new MutationObserver((changes) => changes.forEach((change) => look(change.target)))
    .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-status'] });
}"""
RAN = """() => Object.values(Object.groupBy(window.seen, ([id]) => id)).some((changes) => {
  const states = changes.map(([, state]) => state);
  const running = states.indexOf('running');
  return running >= 0 && states.indexOf('success', running) > running;
})"""


def test_a_node_goes_from_running_to_success_before_one_s_eyes(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    page.goto(f"/bots/{bot['id']}")
    page.locator(".react-flow__node").first.wait_for()
    page.evaluate(WATCH)
    page.wait_for_function(RAN, timeout=60_000)
    assert page.evaluate("window.notReloaded")
    expect(page.locator(".edge-line[data-state=taken]").first).to_be_attached()


def test_every_node_of_the_strategy_shows_a_state_and_its_figures(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    stack.finished_run(bot["id"])
    page.goto(f"/bots/{bot['id']}/strategies/{bot['strategies'][0]['id']}")
    node = page.locator(".react-flow__node").first
    expect(node.locator("[data-status]")).to_have_attribute(
        "data-status", re.compile("success|skipped|failed|running|waiting|cancelled")
    )
    expect(node).to_contain_text(re.compile("Success|Skipped|Failed|Running|Waiting|Cancelled"))


def test_run_now_shows_its_run(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    stack.finished_run(bot["id"])
    page.goto(f"/bots/{bot['id']}")
    page.get_by_role("button", name=f"Pause {bot['name']}").click()
    expect(page.get_by_role("button", name=f"Resume {bot['name']}")).to_be_visible()
    try:
        expect(page.locator("[data-run][data-kind=running]")).to_have_count(0)
        before = page.locator("[data-run]").evaluate_all("all => all.map((each) => each.dataset.run)")
        with page.expect_response(re.compile(r"/run$")) as answer:
            page.get_by_role("button", name=f"Run now: {bot['name']}").click()
        ticket = answer.value.json()
        assert ticket["status"] == "started", ticket
        assert ticket["runId"] not in before
        expect(page.get_by_text("Run started")).to_be_visible()
        expect(page.locator(f"[data-run='{ticket['runId']}']:not([data-kind=running])")).to_be_visible()
    finally:
        page.get_by_role("button", name=f"Resume {bot['name']}").click()
        expect(page.get_by_role("button", name=f"Pause {bot['name']}")).to_be_visible()


def test_a_past_run_is_shown_again_and_survives_a_reload(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    run = stack.finished_run(bot["id"])
    page.goto(f"/bots/{bot['id']}")
    page.locator(f"[data-run='{run['id']}']").click()
    expect(page).to_have_url(re.compile(f"run={run['id']}"))
    expect(page.get_by_text("Replay", exact=True)).to_be_visible()
    states = {
        each["nodeId"]: each["status"]
        for each in stack.get(f"/runs/{run['id']}")["nodes"]
        if not each["strategyId"]
    }
    node, state = next(iter(states.items()))
    card = page.locator(f".react-flow__node[data-id='{node}'] [data-status]")
    expect(card).to_have_attribute("data-status", state)
    page.reload()
    expect(card).to_have_attribute("data-status", state)
    page.get_by_role("button", name="Back to live").click()
    expect(page.get_by_text("Replay", exact=True)).to_have_count(0)


def test_a_link_to_a_node_opens_its_details_and_whole_values(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    run = stack.finished_run(bot["id"])
    done = next(
        each
        for each in stack.get(f"/runs/{run['id']}")["nodes"]
        if each["status"] == "success" and not each["strategyId"]
    )
    page.goto(f"/bots/{bot['id']}?run={run['id']}&node={done['nodeId']}")
    panel = page.locator(f"[data-panel='{done['nodeId']}']")
    expect(panel).to_contain_text("Success")
    load = panel.get_by_role("button", name=re.compile("Load whole values|Load inputs")).first
    if load.is_visible():
        with page.expect_response(re.compile(f"/nodes/{done['nodeId']}")) as answer:
            load.click()
        assert answer.value.ok
        expect(load).to_have_count(0)
    page.get_by_role("button", name="Close the details").click()
    expect(panel).to_have_count(0)
    expect(page).not_to_have_url(re.compile("node="))


def test_nodes_can_be_reached_and_opened_with_the_keyboard(page: Page, stack: RunningStack) -> None:
    bot = stack.bot()
    page.goto(f"/bots/{bot['id']}")
    node = page.locator(".react-flow__node").first
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-panel='{node.get_attribute('data-id')}']")).to_be_visible()


def test_on_a_phone_nothing_overflows_and_details_come_as_a_sheet(
    browser: Browser, stack: RunningStack
) -> None:
    bot = stack.bot()
    with browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=stack.url, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        strategy = f"/bots/{bot['id']}/strategies/{bot['strategies'][0]['id']}"
        for path in ("/", f"/bots/{bot['id']}", strategy):
            page.goto(path)
            page.locator("[data-bot], [data-run]").first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        first = page.locator("button[data-node]").first
        first.tap()
        expect(page.get_by_role("dialog").locator("[data-panel]")).to_be_visible()
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_text("Diagram", exact=True).tap()
        expect(page.locator(".react-flow__node").first).to_be_visible()
