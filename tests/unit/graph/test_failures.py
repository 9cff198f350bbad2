"""Exceptions of nodes: everything that code raises fails the node, and is described with its traceback once."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from typing import Any

import pytest
from support.engine import compiled, document

from argosy.bootstrap.local import LocalRunner
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.errors import NodeError
from argosy.graph.failure import TRACEBACK_LENGTH, failure_of
from argosy.graph.interrupts import is_stop_request
from argosy.graph.runs import RunSnapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = (
    "exit",
    "interrupt",
    "generator",
    "cancelled",
    "group",
    "memory",
    "recursion",
    "unprintable",
    "surrogate",
)


def run_of(raw: dict[str, Any], events: list[Event] | None = None) -> RunSnapshot:
    on_event = None if events is None else events.append
    return LocalRunner(compiled(raw), clock=DrivenClock(START), on_event=on_event).run()


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_code_raises_fails_the_node(kind: str) -> None:
    events: list[Event] = []
    nodes = {"a": {"type": "test.raise", "params": {"kind": kind}}}
    snapshot = run_of(document([("a", "b")], nodes=nodes), events)
    assert snapshot.status == "failed"
    (failed,) = [e for e in events if e.node_id == "a"]
    assert failed.data["status"] == "failed"
    assert "_raise" in failed.data["error"]["traceback"]


def test_the_engine_goes_on_after_an_exit() -> None:
    nodes = {"a": {"type": "test.raise", "params": {"kind": "exit"}, "onError": "continue"}}
    snapshot = run_of(document([("a", "x"), ("b", "x")], nodes=nodes))
    assert (snapshot.status, snapshot.nodes["b"].status) == ("success", "success")
    assert "exit" in (snapshot.nodes["a"].reason or "")


def test_a_signal_to_the_process_still_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from support import engine_nodes

    monkeypatch.setattr(engine_nodes, "_raise", lambda kind: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run_of(document([], nodes={"a": {"type": "test.raise", "params": {"kind": "signal"}}}))


def test_an_exit_inside_a_handler_of_sigterm_is_a_request_to_stop() -> None:
    def handler(number: int, frame: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, handler)
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        os.getpid()
    except SystemExit as error:
        assert is_stop_request(error)
    else:
        pytest.fail("the handler did not run")
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_failing_map_item_that_exits_fails_the_item_only() -> None:
    item = {
        "id": "item", "name": "Item", "kind": "strategy", "schema": 1,
        "nodes": [
            {"id": "in", "type": "map.item"},
            {"id": "bad", "type": "test.raise", "params": {"kind": "exit"}},
            {"id": "out", "type": "map.result"},
        ],
        "edges": [
            {"source": "in", "sourceHandle": "item", "target": "bad", "targetHandle": "item"},
            {"source": "bad", "sourceHandle": "value", "target": "out", "targetHandle": "value"},
        ],
    }  # fmt: skip
    from support.engine import node_types

    from argosy.graph.compile import compile_workflow
    from argosy.graph.document import parse
    from argosy.graph.nodes import map as map_module
    from argosy.graph.nodes import values

    registry = node_types()
    registry.add_module(values)
    registry.add_module(map_module)
    raw = {
        "id": "mapped", "name": "Mapped", "kind": "bot", "schema": 1,
        "nodes": [
            {"id": "list", "type": "constant", "params": {"value": [1, 2]}},
            {"id": "each", "type": "map", "params": {"workflow": item}},
        ],
        "edges": [{"source": "list", "sourceHandle": "value", "target": "each", "targetHandle": "items"}],
    }  # fmt: skip
    workflow = compile_workflow(parse(raw), registry, lambda name: parse(item))
    snapshot = LocalRunner(workflow, clock=DrivenClock(START)).run()
    assert snapshot.status == "success", snapshot.reason
    assert b'"failed":2' in (snapshot.nodes["each"].outputs or b"")


def error_of(raised: BaseException) -> BaseException:
    try:
        raise raised
    except BaseException as error:
        return error


def test_the_name_of_a_foreign_exception_is_given_once() -> None:
    failure = failure_of(error_of(ValueError("no price")), str)
    assert (failure.code, failure.message, failure.reason) == (
        "ValueError",
        "no price",
        "ValueError: no price",
    )


def test_secrets_are_taken_out_before_the_text_is_cut() -> None:
    secret = "s3cr3t" * 10
    padding = "x" * (TRACEBACK_LENGTH - 30)
    failure = failure_of(error_of(NodeError(secret + padding)), lambda text: text.replace(secret, "***"))
    assert failure.traceback is not None
    assert "s3cr3t" not in failure.message + failure.traceback
    assert len(failure.traceback) <= TRACEBACK_LENGTH


def test_causes_are_part_of_the_traceback() -> None:
    try:
        try:
            {}["price"]
        except KeyError as error:
            raise NodeError("no quote") from error
    except NodeError as error:
        text = failure_of(error, str).traceback or ""
    assert "KeyError: 'price'" in text
    assert "direct cause" in text
