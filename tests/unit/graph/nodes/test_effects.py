"""Gate, notifications, log and HTTP fetch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from loguru import logger
from support.workflows import START, outputs, runner, workflow

from argosy.core.event import Event
from argosy.errors import Conflict, NotFound
from argosy.graph.nodes.gate import NAMESPACE, answer
from argosy.graph.runs import NodeStatus

GATED = workflow(
    {
        "v": ("constant", {"value": 7}),
        "g": ("gate.human", {"question": "Buy?", "timeoutS": 10}),
        "yes": "log",
        "no": "log",
        "late": "log",
    },
    ["v.value > g.payload", "g.approved > yes.value", "g.rejected > no.value", "g.timed_out > late.value"],
)


def states(snapshot: Any) -> dict[str, str]:
    return {key: node.status.value for key, node in snapshot.nodes.items() if key in ("yes", "no", "late")}


@pytest.mark.parametrize(("verdict", "taken"), [("approved", "yes"), ("rejected", "no")])
def test_a_gate_waits_until_somebody_answers(verdict: Any, taken: str) -> None:
    events: list[Event] = []

    def wait(due: Any) -> None:
        made.clock.set(due)
        if made.clock.now() >= START + timedelta(seconds=3):
            respond(made, verdict)

    made = runner(GATED, wait=wait, on_event=events.append)
    snapshot = made.run()
    assert states(snapshot) == {"yes": "skipped", "no": "skipped", "late": "skipped", taken: "success"}
    assert outputs(snapshot, taken)["value"] == 7
    assert made.clock.now() - START == timedelta(seconds=3)
    told = [event.data["title"] for event in events if event.type == "notify"]
    assert told == ["replay asks: Buy?"]


def test_a_gate_nobody_answers_times_out() -> None:
    made = runner(GATED)
    snapshot = made.run()
    assert states(snapshot) == {"yes": "skipped", "no": "skipped", "late": "success"}
    assert made.clock.now() - START == timedelta(seconds=10)


def test_an_answer_is_for_a_question_that_waits_and_stands() -> None:
    refused: list[str] = []

    def wait(due: Any) -> None:
        made.clock.set(due)
        if made.clock.now() >= START + timedelta(seconds=2):
            for verdict, actor in (("approved", "anna"), ("approved", "ben"), ("rejected", "ben")):
                try:
                    respond(made, verdict, actor=actor)
                except Conflict as error:
                    refused.append(str(error))

    made = runner(GATED, wait=wait)
    with pytest.raises(NotFound):
        respond(made, "approved")
    made.run()
    assert len(refused) == 2
    assert all("answered already" in text and "approved by anna" in text for text in refused)
    kept = made.documents.get(NAMESPACE, "replay-1/g")
    assert kept is not None
    assert (kept.value["question"], kept.value["actor"]) == ("Buy?", "anna")


def test_after_the_time_is_up_an_answer_says_so() -> None:
    made = runner(GATED)
    made.run()
    with pytest.raises(Conflict, match="timed out"):
        respond(made, "approved")
    kept = made.documents.get(NAMESPACE, "replay-1/g")
    assert kept is not None
    assert kept.value["answer"] == "timed_out"


def test_an_answer_to_a_run_that_ended_says_how() -> None:
    def wait(due: Any) -> None:
        made.clock.set(due)
        made.store.abort("replay-1", "the run's deadline has passed")

    made = runner(GATED, wait=wait)
    made.run()
    with pytest.raises(Conflict, match="the run is failed: the run's deadline has passed"):
        respond(made, "approved")


def test_an_answer_to_a_run_that_is_being_cancelled_says_why() -> None:
    refused: list[str] = []

    def wait(due: Any) -> None:
        made.clock.set(due)
        made.store.cancel("replay-1", "stopped by hand")
        try:
            respond(made, "approved")
        except Conflict as error:
            refused.append(str(error))

    made = runner(GATED, wait=wait)
    assert made.run().status == "cancelled"
    assert "being cancelled: stopped by hand" in refused[0]


def test_a_node_that_is_not_there_is_not_found() -> None:
    made = runner(GATED)
    made.run()
    with pytest.raises(NotFound):
        respond(made, "approved", key="nothing")


def respond(made: Any, verdict: Any, *, actor: str = "anna", key: str = "g") -> None:
    answer(made.documents, made.store, "replay-1", key, verdict, actor=actor, now_ms=made.clock.now_ms())


def test_notify_publishes_with_the_nodes_outcome() -> None:
    events: list[Event] = []
    raw = workflow(
        {
            "v": ("constant", {"value": {"edge": "0.02"}}),
            "n": ("notify", {"title": "Edge", "body": "found {value}"}),
        },
        ["v.value > n.value"],
    )
    runner(raw, on_event=events.append).run()
    told = [(e.node_id, dict(e.data)) for e in events if e.type == "notify"]
    assert told == [("n", {"title": "Edge", "body": 'found {"edge": "0.02"}', "level": "info"})]


def test_log_writes_a_line_and_passes_the_value_on() -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level} {message}")
    try:
        raw = workflow(
            {
                "v": ("constant", {"value": "{braces}"}),
                "l": ("log", {"message": "seen {x}", "level": "warning"}),
            },
            ["v.value > l.value"],
        )
        assert outputs(runner(raw).run(), "l")["value"] == "{braces}"
    finally:
        logger.remove(sink)
    assert [line.strip() for line in lines if "seen" in line] == ['WARNING seen {x}: "{braces}"']


class Pages:
    """A fetcher that knows two pages."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], float | None]] = []

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> Any:
        self.asked.append((url, dict(params or {}), timeout_s))
        return {"price": "1.5"}


def test_fetch_asks_with_both_queries_within_the_nodes_time() -> None:
    pages = Pages()
    raw = workflow(
        {
            "q": ("constant", {"value": {"n": 3}}),
            "f": ("http.fetch", {"url": "https://example.com/p", "query": {"k": "v"}, "timeoutS": 4}),
        },
        ["q.value > f.query"],
    )
    assert outputs(runner(raw, fetcher=pages).run(), "f")["value"] == {"price": "1.5"}
    assert pages.asked == [("https://example.com/p", {"k": "v", "n": "3"}, 4.0)]


def test_fetch_of_a_host_that_is_not_allowed_fails_the_node() -> None:
    node = runner(workflow({"f": ("http.fetch", {"url": "https://example.com/p"})})).run().nodes["f"]
    assert node.status is NodeStatus.FAILED
    assert "example.com" in str(node.reason)
