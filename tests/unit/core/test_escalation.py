"""Escalation and hysteresis: exact boundaries, and a plain model of an ALERT that ends by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.risk import AccountFacts, Constraint, ConstraintKind, Holding, Mark, Snapshot
from argosy.core.safety.emergency import EmergencyState
from argosy.core.safety.escalation import (
    ScopeState,
    Signal,
    StateChange,
    escalate,
    grade_signal,
    risk_signals,
)
from argosy.core.scope import ScopePath

N, A, H, S = EmergencyState
T0 = datetime(2026, 3, 1, tzinfo=UTC)
D = Decimal


@pytest.mark.parametrize(
    ("value", "wants", "quiet"),
    [
        ("0", N, True), ("7.199999", N, True), ("7.2", N, False), ("7.999999", N, False), ("8", A, False),
        ("9.999999", A, False), ("10", H, False), ("1e9", H, False),
    ],
)  # fmt: skip
def test_a_value_is_graded_at_exact_boundaries(value: str, wants: EmergencyState, quiet: bool) -> None:
    found = grade_signal("bot:b", "x", D(value), D(10), "text")
    assert (found.wants, found.quiet) == (wants, quiet)
    capped = grade_signal("bot:b", "x", D(value), D(10), "text", worst=A)
    assert (capped.wants, capped.quiet) == (min(wants, A), quiet)


def test_the_strongest_signal_moves_and_says_why() -> None:
    signals = [
        Signal("bot:b", "drift", A, False, "drift"),
        Signal("bot:b", "unknown_action", H, False, "unknown"),
        Signal("platform", "heartbeat", N, True, "fine"),
    ]
    found = escalate(signals, {}, T0, watched=True)
    assert found.moves == [StateChange("bot:b", H, "unknown_action", "unknown")]
    assert escalate(signals[1::-1], {}, T0, watched=True).moves == found.moves
    equal = [Signal("bot:b", "first", H, False, "1"), Signal("bot:b", "second", H, False, "2")]
    assert [move.cause for move in escalate(equal, {}, T0, watched=True).moves] == ["first"]


@pytest.mark.parametrize("state", list(EmergencyState))
@pytest.mark.parametrize("wants", list(EmergencyState))
def test_states_only_rise(state: EmergencyState, wants: EmergencyState) -> None:
    signals = [Signal("bot:b", "x", wants, False, "")]
    found = escalate(signals, {"bot:b": ScopeState(state)}, T0, watched=True)
    assert [move.state for move in found.moves] == ([wants] if wants > state else [])


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([1, 3, 60, 299, 300]), st.booleans(), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_an_alert_ends_only_after_a_whole_quiet_cool_down(steps: list[tuple[int, bool, bool]]) -> None:
    """Against a plain model: the last moment that was not known to be quiet lies a cool-down back."""
    cooldown = timedelta(seconds=300)
    now, loud_at = T0, T0
    clears_at = T0 + cooldown
    for seconds, quiet, watched in steps:
        now += timedelta(seconds=seconds)
        signals = [Signal("bot:b", "x", N if quiet else A, quiet, "")]
        found = escalate(signals, {"bot:b": ScopeState(A, True, clears_at)}, now, watched=watched)
        if not quiet or not watched:
            loud_at = now
        assert not found.moves
        assert (list(found.over) == ["bot:b"]) is (now - loud_at >= cooldown)
        assert (list(found.unquiet) == ["bot:b"]) is (loud_at == now)
        if found.over:
            return
        if found.unquiet:
            clears_at = now + cooldown


@pytest.mark.parametrize("standing", [ScopeState(A), ScopeState(H, True, T0), ScopeState(S), ScopeState(N)])
def test_nothing_but_an_automatic_alert_ends(standing: ScopeState) -> None:
    found = escalate([], {"platform": standing}, T0 + timedelta(days=9), watched=True)
    assert not found.over and not found.unquiet


def snapshot(equity: str) -> Snapshot:
    scopes = ("platform", "bot:b", "domain:trading")
    return Snapshot(
        now=T0,
        holdings=[Holding(ScopePath("trading", "b", "s", "v", "X"), D(10), D(10)),
                  Holding(ScopePath("trading", "b", "", "v", "Y"), D(1), D(1))],
        accounts={
            scope: AccountFacts(scope, D(1000), D(equity), D(equity), D(0), D(1000), D(1000)) for scope in scopes
        },
        marks={("v", "X"): Mark(D(1), T0), ("v", "Y"): Mark(D(1), T0)},
    )  # fmt: skip


def loss(scope: str) -> Constraint:
    return Constraint(id="l", scope=scope, kind=ConstraintKind.DAILY_LOSS, limit=D(100))


@pytest.mark.parametrize(
    ("equity", "wants", "quiet"),
    [("1000", N, True), ("928.01", N, True), ("928", N, False), ("920.01", N, False), ("920", A, False),
     ("900.01", A, False), ("899.99", H, False)],
)  # fmt: skip
def test_a_loss_alerts_at_its_warning_and_halts_beyond_its_limit(
    equity: str, wants: EmergencyState, quiet: bool
) -> None:
    [found] = risk_signals([loss("bot:b")], snapshot(equity), {"b": ("trading", "paper")}, "paper")
    assert (found.scope, found.cause, found.wants, found.quiet) == ("bot:b", "risk.daily_loss", wants, quiet)


def test_a_wide_limit_stops_only_the_bots_of_its_mode() -> None:
    def scopes(scope: str, bots: dict[str, tuple[str, str]]) -> list[str]:
        return [each.scope for each in risk_signals([loss(scope)], snapshot("800"), bots, "paper")]

    alone = {"b": ("trading", "paper"), "c": ("credit", "paper")}
    mixed = {**alone, "live": ("trading", "live")}
    assert scopes("platform", alone) == ["platform"]
    assert scopes("platform", mixed) == ["bot:b", "bot:c"]
    assert scopes("domain:trading", alone) == ["domain:trading"]
    assert scopes("domain:trading", mixed) == ["bot:b"]


def test_a_limit_of_an_asset_stops_who_is_in_it() -> None:
    def scopes(scope: str) -> list[str]:
        limit = Constraint(id="p", scope=scope, kind=ConstraintKind.TOTAL_EXPOSURE, limit=D("0.5"))
        found = risk_signals([limit], snapshot("1000"), {"b": ("trading", "paper")}, "paper")
        return [each.scope for each in found if each.wants is H]

    assert scopes("asset:v/X") == ["strategy:b/s"]
    assert scopes("asset:v/Y") == ["bot:b"]
    assert scopes("venue:v") == ["bot:b", "strategy:b/s"]
    assert scopes("asset:v/Z") == []


def test_what_cannot_be_computed_is_neither_a_reason_nor_quiet() -> None:
    bare = Snapshot(now=T0)
    found = risk_signals([loss("bot:b")], bare, {"b": ("trading", "paper")}, "paper")
    assert [(each.wants, each.quiet) for each in found] == [(N, False)]
