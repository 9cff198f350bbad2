from __future__ import annotations

import pytest
from pydantic import ValidationError

from argosy.venuekit.sandbox.faults import Fault, FaultTable


def test_a_fault_strikes_its_endpoint_as_often_as_asked() -> None:
    table = FaultTable(7)
    table.add(Fault(endpoint="POST /polymarket/clob/order", kind="status", status=503, times=2))
    assert table.strike("GET", "/polymarket/clob/order") == []
    struck = [bool(table.strike("POST", "/polymarket/clob/order")) for _ in range(4)]
    assert struck == [True, True, False, False]
    assert table.rows()[0]["struck"] == 2


def test_latency_comes_with_what_follows_and_only_one_other_fault() -> None:
    table = FaultTable(7)
    for kind in ("latency", "garbage", "drop_after"):
        table.add(Fault.model_validate({"endpoint": "* /binance/*", "kind": kind}))
    assert [fault.kind for fault in table.strike("GET", "/binance/api/v3/ping")] == ["latency", "garbage"]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def draws(seed: int) -> list[bool]:
        table = FaultTable(seed)
        table.add(Fault(kind="status", probability=0.3))
        return [bool(table.strike("GET", "/x")) for _ in range(300)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert 60 < sum(draws(1)) < 120


def test_rows_can_be_taken_away() -> None:
    table = FaultTable(7)
    row = table.add(Fault(kind="garbage"))
    assert table.remove(row.id)
    assert not table.remove(row.id)
    table.add(Fault(kind="garbage"))
    table.clear()
    assert table.strike("GET", "/x") == []


@pytest.mark.parametrize(
    "wrong", [{"kind": "fire"}, {"kind": "status", "status": 200}, {"kind": "status", "x": 1}]
)
def test_rows_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(wrong)
