from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.system.sentences import number, sentence


@pytest.mark.parametrize(
    ("type", "data", "level", "text"),
    [
        (
            "action",
            {"side": "buy", "quantity": "1200", "filled": "1200.0", "symbol": "UP", "averagePrice": "0.4700",
             "venue": "polymarket", "status": "filled", "paper": True},
            "success",
            "BTC: buy 1,200 UP at 0.47 on polymarket filled (paper)",
        ),
        (
            "action",
            {"kind": "place_order", "quantity": "5", "symbol": "UP", "status": "denied", "reason": "daily loss"},
            "warning",
            "BTC: place order 5 UP was denied by Argosy: daily loss",
        ),
        (
            "action",
            {"kind": "rent", "quantity": "2", "symbol": "g1", "sentence": "rent 2 hours of g1", "venue": "machines",
             "status": "filled", "filled": "2"},
            "success",
            "BTC: rent 2 hours of g1 on machines filled",
        ),
        ("emergency", {"scope": "platform", "state": "HALT", "actor": "ann", "reason": "drill"}, "error",
         "platform is HALT by ann: drill"),
        ("emergency", {"scope": "bot:b", "state": "NORMAL"}, "success", "bot:b is NORMAL"),
        ("param_change", {"param": "minEdge", "old": "0.01", "new": "0.02", "saved": False, "actor": "bo"}, "info",
         "BTC: changed minEdge from 0.01 to 0.02 (not saved) by bo"),
        ("run_skipped", {"reason": "overlap"}, "info", "BTC: a run was skipped: overlap"),
        ("run_finished", {"status": "failed", "reason": "deadline"}, "error", "BTC: a run failed: deadline"),
        ("breaker", {"name": "binance", "state": "open"}, "warning", "Circuit of binance is open"),
        ("worker", {"name": "io1", "status": "offline"}, "warning", "Worker io1 is offline"),
        ("notify", {"title": "Edge", "body": "4 cents", "level": "success"}, "success", "BTC: Edge: 4 cents"),
        ("schedule", {"status": "misfired", "missed": 1, "exact": True, "fired": None}, "warning",
         "BTC: 1 scheduled run was missed, because the scheduler was late"),
        ("schedule", {"status": "misfired", "missed": 1200, "exact": False, "fired": 1_795_999_326_000}, "warning",
         "BTC: at least 1,200 scheduled runs were missed, because the scheduler was late; the latest one started late"),
        ("schedule", {"status": "replanned", "was": 2, "nextDue": 1}, "warning",
         "BTC: the next run was planned anew, because its time did not fit the schedule"),
        ("alarm", {"message": "stream is full"}, "error", "Alarm: stream is full"),
    ],
)  # fmt: skip
def test_what_happened_in_plain_sentences(type: str, data: dict[str, Any], level: str, text: str) -> None:
    assert sentence(type, data, "BTC") == (level, text)


@given(
    st.sampled_from(
        [
            "action",
            "emergency",
            "param_change",
            "run_skipped",
            "breaker",
            "worker",
            "schedule",
            "notify",
            "alarm",
            "x",
        ]
    ),
    st.dictionaries(
        st.sampled_from(["status", "state", "quantity", "price", "side", "level", "reason", "old", "new"]),
        st.none() | st.text(max_size=20) | st.integers() | st.floats() | st.lists(st.integers(), max_size=2),
    ),
)
def test_no_data_is_too_odd_for_a_sentence(type: str, data: dict[str, Any]) -> None:
    level, text = sentence(type, data, None)
    assert level in ("info", "success", "warning", "error")
    assert text


def test_numbers_lose_needless_zeros_and_gain_separators() -> None:
    shown = [number(value) for value in ("1200.50", "0.4700", "1E+3", "-5000000", None, "", "NaN", "abc", 0)]
    assert shown == ["1,200.5", "0.47", "1,000", "-5,000,000", "", "", "NaN", "abc", "0"]
