"""Events as rows: what is merged inside a batch, what is put aside, what COPY is given."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.event import Event
from argosy.infrastructure.storage.engine.codec import dumps
from argosy.infrastructure.storage.engine.stream_position import position_of, seq_of
from argosy.infrastructure.storage.history.recording.batch import EventBatch
from argosy.infrastructure.storage.history.recording.fields import (
    amount,
    copied_json,
    copy_field,
    iso,
    moment,
    near,
)

T = 1_770_030_000_000


def node(status: str, n: int = 0, **data: Any) -> Event:
    return Event(
        "node_execution",
        T + n,
        bot_id="b",
        strategy_id="s",
        run_id="r",
        node_id="n",
        seq=f"{T + n}-0",
        data={"status": status, "attempt": 1, "type": "core.noop", "startedAt": T, **data},
    )


def line(batch: EventBatch) -> list[str]:
    (row,) = batch.nodes.values()
    return row.line.split("\t")


def test_a_final_state_absorbs_in_either_order() -> None:
    for events in ([node("running"), node("success", 1)], [node("success", 1), node("running", 2)]):
        assert line(EventBatch.of(events))[7] == "success"
    assert line(EventBatch.of([node("failed"), node("success", 1)]))[7] == "failed"


def test_a_retry_replaces_the_attempt_before_it() -> None:
    fields = line(EventBatch.of([node("running"), node("running", 1, attempt=2), node("running", 2)]))
    assert fields[6] == "2"


def test_the_first_start_names_the_partition() -> None:
    fields = line(EventBatch.of([node("running"), node("success", 1, startedAt=T + 86_400_000)]))
    assert fields[3].startswith("2026-02-02T11:00:00")


def test_a_start_far_from_the_event_is_not_believed() -> None:
    assert near(0, T) == T
    assert near(10**18, T) == T
    assert near("x", T) == T
    assert near(T - 5, T) == T - 5


@pytest.mark.parametrize(
    "event",
    [
        node("dancing"),
        Event("node_execution", T, seq=f"{T}-0", data={}),
        Event("node_execution", T, bot_id="b", seq=f"{T}-0", data={"status": "success"}),
        Event("run_finished", T, bot_id="b", run_id="r", seq=f"{T}-0", data={"status": "running"}),
        Event("action", T, bot_id="b", seq=f"{T}-0", data={"status": "filled"}),
        Event("opportunity", T, bot_id="b", seq=f"{T}-0", data={}),
        Event("bot_metrics", T, seq=f"{T}-0", data={"metrics": {}}),
        Event("run_started", 10**30, bot_id="b", run_id="r", seq=f"{T}-0"),
    ],
)
def test_what_fits_no_table_is_put_aside_whole(event: Event) -> None:
    batch = EventBatch.of([event, node("success", 1)])
    assert len(batch.nodes) == 1
    (rejected,) = batch.rejected
    assert json.loads(rejected["event"])["type"] == event.type
    assert rejected["error"]


def test_an_action_keeps_its_first_time_and_its_final_state() -> None:
    def action(n: int, status: str, **data: Any) -> Event:
        return Event(
            "action", T + n, bot_id="b", seq=f"{T + n}-0", data={"clientId": "c", "status": status, **data}
        )

    (row,) = EventBatch.of(
        [action(5, "filled", filled="3"), action(0, "submitted", price="0.48"), action(9, "open")]
    ).actions.values()
    assert (row["status"], row["filled"]) == ("filled", "3")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_changes_of_the_journal_are_told_in_its_order_whatever_the_streams(order: tuple[int, ...]) -> None:
    changes = [
        {"change": 2**40, "status": "cancelled", "reason": "never seen"},
        {"change": 2**40 + 3, "status": "open", "reason": None, "filled": "0"},
        {"change": 2**40 + 7, "status": "filled", "filled": "3"},
    ]
    told = [
        Event("action", T + at, bot_id="b", seq=f"{T + n}-0", data={"clientId": "c", **changes[at]})
        for n, at in enumerate(order)
    ]
    (row,) = EventBatch.of(told).actions.values()
    assert (row["status"], row["filled"], row["reason"]) == ("filled", "3", None)
    assert row["updated_at"] == iso(T + 2)
    (row,) = EventBatch.of(told[:2]).actions.values()
    assert row["status"] == changes[max(order[:2])]["status"]


def test_money_is_exact_or_absent() -> None:
    assert amount("0.4800000000000000000001") == "0.4800000000000000000001"
    assert amount(3) == "3"
    for bad in ("", "NaN", "Infinity", "1e9999", None, True, {"a": 1}):
        assert amount(bad) is None


def test_times_are_iso_or_ms() -> None:
    assert moment("2026-02-02T11:00:05.038Z") == "2026-02-02T11:00:05.038000+00:00"
    assert moment(T) == "2026-02-02T11:00:00+00:00"
    assert moment("soon") is None


@given(st.text())
def test_copy_text_is_one_field_on_one_line(value: str) -> None:
    field = copy_field(value)
    assert not set(field) & {"\t", "\n", "\r", "\x00"}
    unescaped = field.replace("\\\\", "\x01").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")
    assert unescaped.replace("\x01", "\\") == value.replace("\x00", "\ufffd").replace("\x01", "\\")


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**53), 2**53), st.none()), min_size=1))
def test_copied_json_holds_the_value_without_nul(value: dict[str, Any]) -> None:
    field = copied_json(value)
    assert not set(field) & {"\t", "\n", "\x00"}
    clean = (
        json.loads(json.dumps(value).replace("\\u0000", "\\ufffd"))
        if "\\\\u0000" not in json.dumps(value)
        else None
    )
    if clean is not None:
        assert json.loads(field.replace("\\\\", "\\")) == clean


def test_nul_goes_but_the_written_escape_stays() -> None:
    assert dumps({"a": "x\x00y"}) == '{"a":"x\ufffdy"}'.encode()
    assert json.loads(dumps({"a": "\\u0000"})) == {"a": "\\u0000"}


@given(st.integers(0, 2**42), st.integers(0, 2**20 - 1), st.integers(0, 2**42), st.integers(0, 2**20 - 1))
def test_positions_sort_as_seqs_do_and_come_back(a: int, m: int, b: int, n: int) -> None:
    first, second = position_of(f"{a}-{m}"), position_of(f"{b}-{n}")
    assert (first < second) == ((a, m) < (b, n))
    assert seq_of(first) == f"{a}-{m}"
    assert first < 2**63


def test_a_seq_out_of_range_is_refused() -> None:
    for bad in (f"1-{2**20}", f"{2**44}-0", "x-1"):
        with pytest.raises(ValueError, match=r"seq|invalid literal"):
            position_of(bad)
