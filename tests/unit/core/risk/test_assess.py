"""What reduces, what cannot be computed, and which smaller size would pass."""

from __future__ import annotations

import pytest
from support.risk import D, ago, buy, facts, held, limit, mark, path, sell, waiting

from argosy.core.risk import ConstraintKind, assess, custom
from argosy.errors import Conflict

K = ConstraintKind
PARAMETERS = {K.CORRELATION_GROUP: {"assets": "*"}, K.CUSTOM: {"measure": "spend"}}


def zero(kind: ConstraintKind, **more: object):
    return limit(
        kind, 0 if kind is not K.MINIMUM_BALANCE else 10_000, parameters=PARAMETERS.get(kind, {}), **more
    )


FULL = facts(
    held(100),
    account={"equity": 10, "cash": 5},
    marks={("v", "X"): mark(1, 5)},
    decided=[(ago(1), path())],
    custom={"spend": D(1)},
)


OF_VALUES_AND_POOLS = {K.PRICE_FLOOR, K.LARGEST_CHANGE, K.COOLDOWN, K.UTILISATION}
"""Kinds that concern no plain order, or no sale; see test_value_limits.py."""


@pytest.mark.parametrize("kind", sorted(set(K) - OF_VALUES_AND_POOLS))
def test_what_adds_is_denied_over_the_limit_and_what_reduces_never_is(kind: ConstraintKind) -> None:
    assert not assess(buy(), [zero(kind)], FULL).allowed
    reduction = assess(sell(reducing=True), [zero(kind)], FULL)
    assert reduction.allowed
    assert [f.verdict for f in reduction.findings] == ["warning"]
    assert reduction.score == 1


@pytest.mark.parametrize(("counts", "allowed"), [("true", False), ("false", True)])
def test_a_rate_may_count_reductions(counts: str, allowed: bool) -> None:
    rate = limit(K.ACTION_RATE, 1, parameters={"countReducing": counts})
    assert assess(sell(reducing=True), [rate], FULL).allowed is allowed
    assert assess(sell(reducing=True), [rate], facts()).allowed


def test_only_a_rate_counts_reductions() -> None:
    position = limit(K.POSITION_SIZE, 0, parameters={"countReducing": "true"})
    assert assess(sell(reducing=True), [position], FULL).allowed


def test_a_window_is_a_minute_unless_set() -> None:
    decided = [(ago(59), path()), (ago(60), path())]
    found = assess(buy(), [limit(K.ACTION_RATE, 2)], facts(decided=decided))
    assert (found.allowed, found.findings[0].new) == (True, 2)
    found = assess(buy(), [limit(K.ACTION_RATE, 2, window_s=61)], facts(decided=decided))
    assert (found.allowed, found.findings[0].new) == (False, 3)
    assert found.findings[0].text == "platform: actions 2 → 3, at most 2 within 61 s; over the limit"


UNKNOWN = {
    "no account": (zero(K.LEVERAGE), facts(), "equity of platform"),
    "no account for a loss": (zero(K.DAILY_LOSS), facts(), "equity of platform"),
    "no account for a balance": (zero(K.MINIMUM_BALANCE), facts(), "equity of platform"),
    "no equity": (zero(K.LEVERAGE), facts(account={"equity": 0}), "equity of platform is 0"),
    "less than no equity": (zero(K.CONCENTRATION), facts(account={"equity": -1}), "equity of platform is -1"),
    "no high-water mark": (zero(K.DRAWDOWN), facts(account={"high_water": 0, "equity": -1}), "high-water mark"),
    "no mark": (zero(K.VOLATILITY), facts(marks={}), "volatility of v/X"),
    "no volatility": (zero(K.VOLATILITY), facts(), "volatility of v/X"),
    "no group": (limit(K.CORRELATION_GROUP, 1, parameters={"assets": " , "}), facts(), "names no assets"),
    "no measure": (limit(K.CUSTOM, 1), facts(), "names no measure"),
    "no such measure": (zero(K.CUSTOM), facts(), "no measure named 'spend'"),
    "not a number": (limit(K.POSITION_SIZE, 1), facts(held("NaN")), ""),
    "infinite": (limit(K.TOTAL_EXPOSURE, 1), facts(marks={("v", "X"): mark("Infinity")}), "finite"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_computed_denies_what_adds_and_nothing_else(name: str) -> None:
    constraint, snapshot, words = UNKNOWN[name]
    found = assess(buy(), [constraint], snapshot)
    assert not found.allowed
    assert found.code == "risk.unknown"
    assert words in (found.reason or "")
    assert found.findings[0].code == "risk.unknown"
    assert found.quantity is None
    reduction = assess(sell(reducing=True), [constraint], snapshot)
    assert (reduction.allowed, reduction.findings[0].verdict) == (True, "warning")
    warned = assess(buy(), [constraint.model_copy(update={"mode": "warn"})], snapshot)
    assert (warned.allowed, warned.findings[0].verdict) == (True, "warning")


def test_no_price_at_all_cannot_be_computed() -> None:
    found = assess(buy(price=None), [limit(K.TOTAL_EXPOSURE, 10**9)], facts(marks={}))
    assert (found.allowed, found.code) == (False, "risk.unknown")
    assert assess(buy(price=None), [limit(K.TOTAL_EXPOSURE, 10)], facts()).allowed


def test_a_drawdown_from_nothing_is_none() -> None:
    snapshot = facts(account={"high_water": 0, "equity": 0})
    assert assess(buy(), [zero(K.DRAWDOWN)], snapshot).allowed


def test_a_gain_is_no_loss() -> None:
    snapshot = facts(account={"equity": 1200, "high_water": 1100, "day_start_equity": 1000})
    found = assess(buy(), [zero(K.DAILY_LOSS), zero(K.DRAWDOWN)], snapshot)
    assert found.allowed
    assert [f.new for f in found.findings] == [0, 0]


def test_prices_below_zero_count_by_their_size() -> None:
    snapshot = facts(held(2), marks={("v", "X"): mark(-3)})
    assert assess(buy(1), [limit(K.TOTAL_EXPOSURE, 9)], snapshot).findings[0].new == 9


SMALLER = [
    (limit(K.POSITION_SIZE, 9), facts(held(5)), buy(10), 4),
    (limit(K.POSITION_SIZE, "9.999"), facts(held(5)), buy("10.00"), D("4.99")),
    (limit(K.POSITION_SIZE, 5), facts(held(5)), buy(10), None),
    (limit(K.POSITION_SIZE, "5.9"), facts(held(5)), buy(10), None),
    (limit(K.POSITION_SIZE, 9), facts(held(5), waiting(-12)), buy(10), 4),
    (limit(K.POSITION_SIZE, 6), facts(held(5), waiting(-12)), buy(10), None),
    (limit(K.POSITION_SIZE, 6), facts(held(5)), sell(12), 11),
    (limit(K.POSITION_SIZE, 3), facts(held(5)), sell(10), None),
    (limit(K.CAPITAL_PER_ACTION, 1), facts(), buy(10, "0.3"), 3),
    (limit(K.CAPITAL_PER_ACTION, "0.9"), facts(), buy(10, "0.3"), 3),
    (limit(K.CAPITAL_PER_ACTION, "0.2"), facts(), buy(10, "0.3"), None),
    (limit(K.CAPITAL_PER_ACTION, "0.2"), facts(), buy("10.0", "0.3"), D("0.6")),
    (limit(K.TOTAL_EXPOSURE, 20), facts(held(3), marks={("v", "X"): mark(3)}), buy(10), 3),
    (limit(K.LEVERAGE, "0.5"), facts(held(495), account={}), buy(10), 5),
    (limit(K.CONCENTRATION, "0.5"), facts(held(495), account={}), buy(10), 5),
    (limit(K.MINIMUM_BALANCE, 20), facts(account={"cash": 50}), buy(100, "0.7"), 42),
    (limit(K.CORRELATION_GROUP, 8, parameters={"assets": "*"}), facts(held(-5)), buy(20), 13),
    (zero(K.DAILY_LOSS), facts(account={"equity": 10}), buy(), None),
    (zero(K.ACTION_RATE), facts(), buy(), None),
    (limit(K.CAPITAL_PER_ACTION, 1), facts(), buy(1000, "0.3", quantity=D("1E+3")), 3),
    (limit(K.CAPITAL_PER_ACTION, 40), facts(), buy(delta=D(4), quantity=D(10), reserve=D(50)), None),
    (limit(K.CAPITAL_PER_ACTION, 40), facts(), buy(delta=D(0), quantity=D(10), reserve=D(50)), 8),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "snapshot", "proposal", "quantity"), SMALLER)
def test_a_smaller_size_that_passes(constraint, snapshot, proposal, quantity) -> None:
    found = assess(proposal, [constraint], snapshot)
    assert (found.allowed, found.quantity) == (False, quantity)


def test_a_smaller_size_is_tried_against_every_constraint() -> None:
    """Of 10 asked for 4 pass, which is too small for a measure that 10 passed."""
    large = limit(K.POSITION_SIZE, 4)
    elsewhere = limit(K.CORRELATION_GROUP, 0, parameters={"assets": "w/*"})
    assert assess(buy(10), [large, elsewhere], facts()).quantity == 4
    custom.register("crumbs", lambda snapshot, _: D(sum(1 for each in snapshot.open if each.delta < 5)))
    try:
        crumbs = limit(K.CUSTOM, 0, parameters={"measure": "crumbs"})
        assert assess(buy(10), [crumbs], facts()).allowed
        assert assess(buy(10), [large, crumbs], facts()).quantity is None
    finally:
        custom.unregister("crumbs")


def test_the_smallest_of_several_and_none_when_one_cannot_be_helped() -> None:
    constraints = [limit(K.POSITION_SIZE, 9), limit(K.CAPITAL_PER_ACTION, 6)]
    assert assess(buy(10), constraints, facts()).quantity == 6
    assert assess(buy(10), [*constraints, zero(K.ACTION_RATE)], facts()).quantity is None
    assert assess(buy(10), [*constraints, zero(K.LEVERAGE)], facts()).quantity is None
    warning = limit(K.POSITION_SIZE, 1, id="w", mode="warn")
    assert assess(buy(10), [*constraints, warning], facts()).quantity == 6


@pytest.fixture
def registered():
    names: list[str] = []

    def register(name: str, measure: custom.CustomMeasure) -> None:
        custom.register(name, measure)
        names.append(name)

    yield register
    for name in names:
        custom.unregister(name)


def test_a_registered_measure_is_asked_by_scope(registered) -> None:
    registered("holdings", lambda snapshot, scope: D(len(snapshot.holdings)) + (scope == "bot:b"))
    constraints = [
        limit(K.CUSTOM, 9, scope, parameters={"measure": "holdings"}) for scope in ("platform", "bot:b")
    ]
    assert [f.new for f in assess(buy(), constraints, facts(held(1))).findings] == [1, 2]
    taken = facts(custom={"holdings": D(5), "holdings@bot:b": D(7)})
    assert [f.new for f in assess(buy(), constraints, taken).findings] == [5, 7]


def test_a_measure_sees_the_action_as_open(registered) -> None:
    """Else the last of a limit would go to everybody who asks."""
    registered("open", lambda snapshot, scope: sum((each.delta for each in snapshot.open), D(0)))
    registered("decided", lambda snapshot, scope: D(len(snapshot.decided)))
    rule, snapshot = limit(K.CUSTOM, 8, parameters={"measure": "open"}), facts(waiting(3))
    assert assess(buy(5), [rule], snapshot).allowed
    found = assess(buy(6), [rule], snapshot)
    assert (found.code, found.findings[0].current, found.findings[0].new) == ("risk.custom", 3, 9)
    assert found.quantity is None
    assert len(snapshot.open) == 1
    decided = limit(K.CUSTOM, 9, parameters={"measure": "decided"})
    assert [f.new for f in assess(buy(), [decided], facts(decided=[(ago(1), path())])).findings] == [2]


def test_a_measure_that_fails_is_unknown(registered) -> None:
    def broken(snapshot: object, scope: str):
        raise RuntimeError("no idea")

    registered("broken", broken)
    registered("nan", lambda snapshot, scope: D("NaN"))
    assert custom.names() == ["broken", "nan"]
    for name in custom.names():
        found = assess(buy(), [limit(K.CUSTOM, 9, parameters={"measure": name})], facts())
        assert (found.allowed, found.code) == (False, "risk.unknown")
    with pytest.raises(Conflict):
        custom.register("broken", lambda snapshot, scope: D(1))
