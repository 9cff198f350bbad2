"""Every kind at its limit, one unit beyond, and at its warning threshold, in every scope."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from support.risk import PATH, SCOPES, D, ago, buy, facts, held, limit, mark, path, sell, waiting

from argosy.core.actions.value_change import ValueChange
from argosy.core.risk import ConstraintKind, Proposal, Snapshot, assess
from argosy.core.risk.kinds import KINDS
from argosy.core.scope import ScopePath
from argosy.core.venues.market_facts import MarketFacts

K = ConstraintKind


@dataclass(frozen=True)
class Case:
    """`new` is what the action makes of the kind's value: at a limit of `new` it passes, a `step` less denies."""

    kind: ConstraintKind
    proposal: Proposal
    snapshot: Snapshot
    current: str
    new: str
    step: str = "0.000001"
    parameters: dict[str, str] | None = None
    scopes: tuple[str, ...] = SCOPES

    def constraint(self, amount: Decimal, scope: str = "platform", **more: object):
        window = {"window_s": 60} if self.kind is K.ACTION_RATE else {}
        return limit(self.kind, amount, scope, parameters=self.parameters or {}, **window, **more)


WITH_EQUITY = SCOPES[:-1]
OTHER = path(bot="c")
CASES = {
    "a position grows": Case(K.POSITION_SIZE, buy(10), facts(held(5)), "5", "15"),
    "open purchases count in full": Case(K.POSITION_SIZE, buy(10), facts(held(5), waiting(3)), "8", "18"),
    "open sales do not make room": Case(K.POSITION_SIZE, buy(10), facts(held(5), waiting(-3)), "5", "15"),
    "a short grows": Case(K.POSITION_SIZE, sell(10), facts(held(-5), waiting(-2)), "7", "17"),
    "a sale beyond what is held": Case(K.POSITION_SIZE, sell(10), facts(held(4)), "4", "6"),
    "exposure at mark": Case(K.TOTAL_EXPOSURE, buy(10), facts(held(5), marks={("v", "X"): mark(2)}), "10", "30"),
    "exposure at cost without a mark": Case(
        K.TOTAL_EXPOSURE, buy(10, "0.5"), facts(held(5, 7), waiting(1, 3), marks={}), "10", "15"
    ),
    "exposure of a short": Case(
        K.TOTAL_EXPOSURE, sell(10), facts(held(-5), marks={("v", "X"): mark(2)}), "10", "30"
    ),
    "exposure of a short that turns, beside another asset": Case(
        K.TOTAL_EXPOSURE,
        buy(10),
        facts(held(-4), held(7, 0, path(symbol="Y")), marks={("v", s): mark(1) for s in "XY"}),
        "11", "13", scopes=("platform", "domain:trading", "bot:b", "strategy:b/s", "venue:v"),
    ),
    "concentration": Case(K.CONCENTRATION, buy(100), facts(held(200), account={}), "0.2", "0.3", scopes=WITH_EQUITY),
    "leverage": Case(
        K.LEVERAGE,
        buy(1000),
        facts(held(500), held(400, 0, path(symbol="Y")), account={}, marks={("v", "X"): mark(1), ("v", "Y"): mark(1)}),
        "0.9", "1.9", scopes=("platform", "domain:trading", "bot:b", "strategy:b/s", "venue:v"),
    ),
    "cost of the action": Case(K.CAPITAL_PER_ACTION, buy(10, 3), facts(), "0", "30"),
    "loss of the day": Case(
        K.DAILY_LOSS, buy(), facts(account={"equity": 940, "day_start_equity": 1000}), "60", "60", scopes=WITH_EQUITY
    ),
    "drawdown": Case(
        K.DRAWDOWN, buy(), facts(account={"equity": 900, "high_water": 1200}), "0.25", "0.25", scopes=WITH_EQUITY
    ),
    "actions": Case(
        K.ACTION_RATE, buy(), facts(decided=[(ago(s), PATH) for s in (-1, 0, 59.999, 60, 61)]), "3", "4", "1"
    ),
    "volatility": Case(K.VOLATILITY, buy(), facts(marks={("v", "X"): mark(1, "0.7")}), "0.7", "0.7"),
    "a group, net": Case(
        K.CORRELATION_GROUP,
        buy(10),
        facts(
            held(5), held(-3, 0, path(symbol="Y")), held(7, 0, path(symbol="Z")),
            marks={("v", s): mark(2) for s in "XYZ"},
        ),
        "4", "24", parameters={"assets": "v/X, v/Y"}, scopes=("platform", "domain:trading", "bot:b", "strategy:b/s", "venue:v"),
    ),
    "a group leaning the other way": Case(
        K.CORRELATION_GROUP, sell(10), facts(held(-5)), "5", "15", parameters={"assets": "v/*"}
    ),
    "a group without marks": Case(
        K.CORRELATION_GROUP, sell(10, "0.5"), facts(held(-5, -7), held(3, 4, path(symbol="Y")), waiting(-1, 1), marks={}),
        "4", "9", parameters={"assets": "v/*"}, scopes=("platform", "domain:trading", "bot:b", "strategy:b/s", "venue:v"),
    ),
    "exposure of a short at cost": Case(
        K.TOTAL_EXPOSURE, sell(10, "0.5"), facts(held(-5, -7), waiting(-1, 3), marks={}), "10", "15"
    ),
    "a share of a market": Case(
        K.SHARE_OF_MARKET, buy(10), facts(held(5), markets={("v", "X"): MarketFacts(size=D(100))}), "0.05", "0.15"
    ),
    "days of stock": Case(
        K.STOCK_DAYS, buy(10), facts(held(5), markets={("v", "X"): MarketFacts(daily_sales=D(2))}), "2.5", "7.5"
    ),
    "a pool in use": Case(
        K.UTILISATION, buy(), facts(markets={("v", "X"): MarketFacts(utilisation=D("0.9"))}), "0.9", "0.9"
    ),
    "a change of a value": Case(K.LARGEST_CHANGE, buy(0, 0, change=ValueChange(field="price", before="10", wanted="8")), facts(), "0", "0.2"),
    "a custom measure": Case(K.CUSTOM, buy(), facts(custom={"spend": D(12)}), "12", "12", parameters={"measure": "spend"}),
}  # fmt: skip
RUNS = [
    pytest.param(case, scope, id=f"{name} {scope}") for name, case in CASES.items() for scope in case.scopes
]


def test_every_kind_is_tried() -> None:
    assert (
        {case.kind for case in CASES.values()} | {K.MINIMUM_BALANCE, K.PRICE_FLOOR, K.COOLDOWN}
        == set(KINDS)
        == set(K)
    )


@pytest.mark.parametrize(("case", "scope"), RUNS)
def test_at_the_limit_passes_and_beyond_is_denied(case: Case, scope: str) -> None:
    at = assess(case.proposal, [case.constraint(D(case.new), scope)], case.snapshot)
    assert at.allowed
    assert at.code is None
    (finding,) = at.findings
    assert (finding.current, finding.new, finding.limit) == (D(case.current), D(case.new), D(case.new))
    assert (finding.verdict, finding.utilisation, at.score) == ("warning", 1.0, 1.0)
    assert (finding.scope, finding.kind) == (scope, case.kind)

    beyond = assess(case.proposal, [case.constraint(D(case.new) - D(case.step), scope)], case.snapshot)
    assert not beyond.allowed
    assert beyond.code == beyond.findings[0].code == f"risk.{case.kind.value}"
    assert beyond.reason == beyond.findings[0].text
    assert beyond.findings[0].verdict == "denied"
    assert beyond.findings[0].utilisation > 1
    assert beyond.score == 1


@pytest.mark.parametrize(("case", "scope"), RUNS)
def test_it_warns_from_its_threshold_on(case: Case, scope: str) -> None:
    amount = D(case.new) * 2
    at = assess(case.proposal, [case.constraint(amount, scope, warning=D("0.5"))], case.snapshot)
    assert at.allowed
    assert at.findings[0].verdict == "warning"
    assert at.score == 0.5
    below = assess(case.proposal, [case.constraint(amount + 1, scope, warning=D("0.5"))], case.snapshot)
    assert below.findings[0].verdict == "ok"


@pytest.mark.parametrize(("case", "scope"), RUNS)
def test_warn_only_never_denies(case: Case, scope: str) -> None:
    found = assess(case.proposal, [case.constraint(D(0), scope, mode="warn")], case.snapshot)
    assert found.allowed
    assert found.findings[0].verdict == "warning"
    assert found.score == 1


@pytest.mark.parametrize(("case", "scope"), RUNS)
def test_switched_off_or_elsewhere_it_does_not_touch(case: Case, scope: str) -> None:
    kind, _, name = scope.partition(":")
    elsewhere = "domain:other" if kind == "platform" else f"{kind}:{name}2"
    constraints = [case.constraint(D(0), scope, enabled=False), case.constraint(D(0), elsewhere)]
    assert assess(case.proposal, constraints, case.snapshot).findings == []


@pytest.mark.parametrize(("reserve", "allowed", "verdict"), [(99, True, "ok"), (100, True, "warning"), (180, True, "warning"), ("180.000001", False, "denied")])  # fmt: skip
@pytest.mark.parametrize("scope", WITH_EQUITY)
def test_a_balance_must_stay(reserve: object, allowed: bool, verdict: str, scope: str) -> None:
    """300 in cash, 100 of it reserved: 200 are free, 20 must stay, from 100 left on it warns."""
    snapshot = facts(account={"cash": 300, "reserved": 100})
    found = assess(buy(1, reserve), [limit(K.MINIMUM_BALANCE, 20, scope, warning=D("0.2"))], snapshot)
    (finding,) = found.findings
    assert (found.allowed, finding.verdict, finding.current) == (allowed, verdict, 200)
    assert finding.new == 200 - D(str(reserve))
    assert finding.utilisation == pytest.approx(float(20 / finding.new))


def test_a_balance_of_nothing_may_be_used_up() -> None:
    none = limit(K.MINIMUM_BALANCE, 0)
    snapshot = facts(account={"cash": 10})
    at = assess(buy(10), [none], snapshot)
    assert (at.allowed, at.score, at.findings[0].verdict) == (True, 1, "warning")
    assert assess(buy(9), [none], snapshot).findings[0].verdict == "ok"
    assert assess(buy(9), [none], snapshot).score == 0
    beyond = assess(buy(11), [none], snapshot)
    assert (beyond.allowed, beyond.findings[0].utilisation, beyond.quantity) == (False, 999, 10)


def test_a_limit_of_nothing_is_quiet_while_nothing_is_there() -> None:
    quiet = assess(buy(), [limit(K.DAILY_LOSS, 0)], facts(account={"equity": 1001}))
    assert (quiet.allowed, quiet.score, quiet.findings[0].verdict) == (True, 0, "ok")
    loud = assess(buy(), [limit(K.POSITION_SIZE, 0)], facts())
    assert (loud.allowed, loud.findings[0].utilisation) == (False, 999)


def test_other_bots_count_on_their_worse_side() -> None:
    sales = facts(held(-2, 0, OTHER), waiting(-3, 0, OTHER), waiting(4, 0, OTHER))
    assert assess(buy(1), [limit(K.POSITION_SIZE, 9)], sales).findings[0].current == 5
    purchases = facts(held(2, 0, OTHER), waiting(-3, 0, OTHER), waiting(4, 0, OTHER))
    assert assess(buy(1), [limit(K.POSITION_SIZE, 9)], purchases).findings[0].current == 6


def test_other_bots_never_net_out() -> None:
    """The one may close its side at any time; strategies of one bot do net out."""
    other = facts(held(8), held(-6, 0, OTHER))
    found = assess(buy(1), [limit(K.POSITION_SIZE, 15), limit(K.TOTAL_EXPOSURE, 15, id="e")], other)
    assert [(f.current, f.new) for f in found.findings] == [(14, 15), (14, 15)]
    own = facts(held(8), held(-6, 0, path(strategy="t")))
    found = assess(buy(1), [limit(K.POSITION_SIZE, 3), limit(K.TOTAL_EXPOSURE, 3, id="e")], own)
    assert [(f.current, f.new) for f in found.findings] == [(2, 3), (2, 3)]
    inside = assess(buy(1), [limit(K.POSITION_SIZE, 9, "strategy:b/s")], own)
    assert (inside.findings[0].current, inside.findings[0].new) == (8, 9)


@pytest.mark.parametrize(
    "other", [path(bot="c"), path(strategy="t"), path(venue="w"), path(symbol="Y"), path(domain="d")]
)
def test_only_what_is_inside_the_scope_counts(other: ScopePath) -> None:
    """Something of 100 that differs from the action in one part of its path."""
    marks = {other.asset: mark(1), PATH.asset: mark(1)}
    snapshot = facts(held(100, 0, other), marks=marks, decided=[(ago(1), other)])
    for scope in SCOPES:
        inside = scope in other.scopes
        found = assess(
            buy(1), [limit(K.TOTAL_EXPOSURE, 1000, scope), limit(K.ACTION_RATE, 9, scope, id="r")], snapshot
        )
        assert [f.current for f in found.findings] == [100 if inside else 0, 1 if inside else 0], scope


def test_an_action_of_the_bot_itself_is_in_no_strategy() -> None:
    own = path(strategy="")
    assert assess(buy(at=own), [limit(K.POSITION_SIZE, 0, "strategy:b/s")], facts()).findings == []
    assert not assess(buy(at=own), [limit(K.POSITION_SIZE, 0, "bot:b")], facts()).allowed


@pytest.mark.parametrize(
    "kind", [K.POSITION_SIZE, K.TOTAL_EXPOSURE, K.CONCENTRATION, K.LEVERAGE, K.CORRELATION_GROUP]
)
def test_what_moves_no_units_is_not_touched_by_what_counts_them(kind: ConstraintKind) -> None:
    price_change = buy(delta=D(0))
    constraint = limit(kind, 0, parameters={"assets": "*"})
    assert assess(price_change, [constraint], facts(held(5), account={})).findings == []


def test_other_assets_are_not_in_the_group() -> None:
    group = limit(K.CORRELATION_GROUP, 0, parameters={"assets": "v/XY, v/[X], w/*"})
    assert assess(buy(), [group], facts()).findings == []


def test_findings_come_widest_scope_first_and_the_first_denial_is_the_reason() -> None:
    constraints = [
        limit(kind, 0, scope)
        for scope in reversed(SCOPES)
        for kind in (K.CAPITAL_PER_ACTION, K.POSITION_SIZE)
    ]
    found = assess(buy(), constraints, facts())
    assert [f.scope for f in found.findings] == [scope for scope in SCOPES for _ in range(2)]
    assert [f.kind for f in found.findings[:2]] == [K.POSITION_SIZE, K.CAPITAL_PER_ACTION]
    assert found.code == "risk.position_size"
    assert found.reason == "platform: position (v/X) 0 → 10, at most 0; over the limit"


def test_sums_are_exact_beyond_28_digits() -> None:
    """The limit is missed by one part in 10^40."""
    tiny = D("1E-30")
    snapshot = facts(held(D("10000000000")), held(tiny, 0, path(strategy="t")))
    assert assess(buy(1), [limit(K.POSITION_SIZE, D("10000000001"))], facts(held(D("10000000000")))).allowed
    assert not assess(buy(1), [limit(K.POSITION_SIZE, D("10000000001"))], snapshot).allowed
