"""Steps of `argosy trace` name code that exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

import argosy
from argosy.cli.data.trace_steps import CODE, between, steps_of
from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.intent import Caller, Intent
from argosy.infrastructure.storage.actions.trace import StatusChange, Trace
from argosy.infrastructure.storage.records import ActionRecord

PACKAGE = Path(argosy.__file__).parent


@pytest.mark.parametrize("place", sorted(set(CODE.values())))
def test_the_code_of_each_step_exists(place: str) -> None:
    path, _, name = place.partition(": ")
    module = path.removesuffix(".py").replace("/", ".")
    found = import_module(f"argosy.{module}" if (PACKAGE / path).is_file() else module)
    assert callable(reduce(getattr, name.split("."), found))


def test_gaps_are_milliseconds_since_the_moment_before() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    moments = [start, start + timedelta(milliseconds=4), start + timedelta(milliseconds=4.5)]
    assert between(moments) == [None, 4, 0.5]
    assert between([]) == []


def test_the_event_in_history_follows_its_change_though_it_carries_whole_milliseconds() -> None:
    one = Decimal("1.00")
    at = datetime(2026, 11, 23, 12, microsecond=277_459, tzinfo=UTC)
    event_at = at.replace(microsecond=277_000)
    action = Action(client_id="a" * 32, venue="v", kind=ActionKind.PLACE_ORDER, symbol="X", quantity=one)
    intent = Intent(Caller("paper", "d", "b"), action, ActionStatus.FILLED, one, False, at)
    change = StatusChange(3, at, "submitted", "filled", one, None, "gateway", True)
    recorded = ActionRecord(
        "a" * 32, "7-0", "b", None, None, None, event_at, event_at, "v", "place_order", "X", "X", "buy", one, one,
        "filled", one, one, one, None, True,
    )  # fmt: skip
    trace = Trace(intent, None, None, None, [change], [], [], [], [], recorded)
    steps = steps_of(trace, None)
    assert [(step.name, step.text) for step in steps] == [
        ("answer", "submitted → filled, filled 1"),
        ("history", "event 7-0: filled"),
    ]
