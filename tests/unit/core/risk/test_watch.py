"""What the state itself breaches."""

from __future__ import annotations

import pytest
from support.risk import D, facts, held, limit, mark, path, waiting

from argosy.core.risk import ConstraintKind, Snapshot
from argosy.core.risk.watch import watch

K = ConstraintKind
TWO = facts(
    held(30),
    held(40, 0, path(symbol="Y")),
    waiting(10),
    account={"equity": 100, "high_water": 125, "day_start_equity": 110, "cash": 60, "reserved": 20},
    marks={("v", "X"): mark(1, "0.5"), ("v", "Y"): mark(2, "0.9")},
    custom={"m": D(3)},
)
STATES = [
    (K.POSITION_SIZE, 40, {}),
    (K.TOTAL_EXPOSURE, 120, {}),
    (K.LEVERAGE, D("1.2"), {}),
    (K.CONCENTRATION, D("0.8"), {}),
    (K.DAILY_LOSS, 10, {}),
    (K.DRAWDOWN, D("0.2"), {}),
    (K.VOLATILITY, D("0.9"), {}),
    (K.CORRELATION_GROUP, 120, {"assets": "v/*"}),
    (K.CUSTOM, 3, {"measure": "m"}),
]


@pytest.mark.parametrize(("kind", "value", "parameters"), STATES)
def test_each_state_at_its_limit_beyond_it_and_below_its_warning(kind, value, parameters) -> None:
    def verdict(amount, **more: object) -> str:
        (finding,) = watch([limit(kind, amount, parameters=parameters, **more)], TWO)
        assert finding.current == finding.new == value
        return finding.verdict

    assert verdict(value) == "warning"
    assert verdict(value - D("0.0001")) == "denied"
    assert verdict(value - D("0.0001"), mode="warn") == "warning"
    assert verdict(value * 2, warning=D("0.5")) == "warning"
    assert verdict(value * 2 + D("0.0001"), warning=D("0.5")) == "ok"


def test_a_balance() -> None:
    """40 are free."""
    verdicts = [watch([limit(K.MINIMUM_BALANCE, n)], TWO)[0].verdict for n in (31, 32, 40, 41)]
    assert verdicts == ["ok", "warning", "warning", "denied"]


def test_the_worst_asset_is_told() -> None:
    (finding,) = watch([limit(K.CONCENTRATION, "0.1")], TWO)
    assert "v/Y" in finding.text


def test_what_limits_actions_alone_is_left_out() -> None:
    assert watch([limit(K.CAPITAL_PER_ACTION, 0), limit(K.ACTION_RATE, 0)], TWO) == []
    assert watch([limit(K.TOTAL_EXPOSURE, 0, enabled=False)], TWO) == []
    assert watch([limit(K.POSITION_SIZE, 0)], facts()) == []


@pytest.mark.parametrize("kind", [K.LEVERAGE, K.DAILY_LOSS, K.VOLATILITY])
def test_not_to_know_is_no_breach(kind: ConstraintKind) -> None:
    (finding,) = watch([limit(kind, 0)], facts(held(1), marks={}))
    assert (finding.verdict, finding.code) == ("ok", "risk.unknown")


@pytest.mark.parametrize("known", ["X", "Y"])
@pytest.mark.parametrize(
    ("volatility", "found"),
    [(3, ("denied", "risk.volatility")), (2, ("warning", "risk.volatility")), (1, ("ok", "risk.unknown"))],
)
def test_what_is_known_to_breach_does_so_beside_what_is_not_known(
    known: str, volatility: int, found: tuple[str, str]
) -> None:
    snapshot = facts(
        held(1, at=path(symbol="X")), held(1, at=path(symbol="Y")), marks={("v", known): mark(1, volatility)}
    )
    (finding,) = watch([limit(K.VOLATILITY, 2)], snapshot)
    assert (finding.verdict, finding.code) == found


def test_only_the_scope_counts() -> None:
    constraints = [limit(K.TOTAL_EXPOSURE, 50, scope) for scope in ("asset:v/X", "platform", "bot:other")]
    found = watch(constraints, TWO)
    assert [(f.scope, f.new, f.verdict) for f in found] == [
        ("platform", 120, "denied"),
        ("bot:other", 0, "ok"),
        ("asset:v/X", 40, "warning"),
    ]


def test_the_state_is_not_changed_by_being_watched() -> None:
    before = Snapshot(TWO.now, TWO.holdings, TWO.open, TWO.accounts, TWO.marks, TWO.decided, TWO.custom)
    watch([limit(kind, 1, parameters=p) for kind, _, p in STATES], TWO)
    assert before == TWO
