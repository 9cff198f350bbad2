"""What may be saved, and what a bot starts with."""

from __future__ import annotations

import pytest
from support.risk import PATH, SCOPES, D, account, ago, buy, facts, limit, path

from argosy.core.risk import ConstraintKind, assess, custom
from argosy.core.risk.defaults import defaults_for
from argosy.core.risk.rules import check_constraint
from argosy.core.scope import SCOPE_KINDS, Scope
from argosy.errors import InvalidInput

K = ConstraintKind


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes(scope: str) -> None:
    assert Scope.from_text(scope).contains(PATH)
    assert check_constraint(limit(K.TOTAL_EXPOSURE, 1, scope)).scope == scope
    assert SCOPE_KINDS[Scope.from_text(scope).width] == scope.partition(":")[0]


def test_scopes_contain_what_the_path_says() -> None:
    for other in (path(bot="s"), path(strategy=""), path(venue="b"), path(symbol="v/X"), path(domain="b")):
        for scope in {*SCOPES, *other.scopes}:
            assert Scope.from_text(scope).contains(other) == (scope in other.scopes), (scope, other)


GOOD = [
    limit(K.CONCENTRATION, 1), limit(K.DRAWDOWN, 0), limit(K.DAILY_LOSS, 0, "venue:v"), limit(K.LEVERAGE, 1000), limit(K.VOLATILITY, 1000),
    limit(K.ACTION_RATE, 1_000_000, window_s=60, parameters={"countReducing": "true"}),
    limit(K.ACTION_RATE, 1, parameters={"countReducing": "false"}), limit(K.POSITION_SIZE, 10**12, "asset:v/X"),
    limit(K.CORRELATION_GROUP, 1, parameters={"assets": "v/X,"}), limit(K.CORRELATION_GROUP, 1, parameters={"assets": "*"}), limit(K.VOLATILITY, 1, "asset:v/X"),
]  # fmt: skip
BAD = [
    *((limit(K.POSITION_SIZE, 1, id=id), "id does not fit") for id in ("a b", "a/b", "ä", "x\n")),
    (limit(K.CONCENTRATION, "1.0001"), "out of range"),
    (limit(K.DRAWDOWN, "1.0001"), "out of range"),
    (limit(K.LEVERAGE, "1000.1"), "out of range"),
    (limit(K.VOLATILITY, "1000.1"), "out of range"),
    (limit(K.ACTION_RATE, "1.5"), "out of range"),
    (limit(K.ACTION_RATE, 1_000_001), "out of range"),
    (limit(K.POSITION_SIZE, 1, window_s=5), "window"),
    (limit(K.POSITION_SIZE, 1, parameters={"assets": "v/X"}), "no such parameter"),
    (limit(K.ACTION_RATE, 1, parameters={"countReducing": "yes"}), "yes or no"),
    (limit(K.CORRELATION_GROUP, 1), "names its assets"),
    (limit(K.CORRELATION_GROUP, 1, parameters={"assets": " ,"}), "names its assets"),
    (limit(K.CORRELATION_GROUP, 1, parameters={"assets": "v/X, BTC"}), "names its assets"),
    (limit(K.CUSTOM, 1), "registered measure"),
    (limit(K.CUSTOM, 1, parameters={"measure": "none"}), "registered measure"),
    *((limit(kind, 0, scope), "has none of its own") for kind in (K.CONCENTRATION, K.LEVERAGE, K.DRAWDOWN, K.MINIMUM_BALANCE) for scope in ("asset:v/X", "venue:v")),
    (limit(K.DAILY_LOSS, 0, "asset:v/X"), "an asset has none"),
    *((limit(K.POSITION_SIZE, 1, scope, id="x"), "no scope") for scope in ("bot", "bot:", "bot:a/b", "strategy:a", "asset:v", "platform:x", "user:1", "bot:a b", "domain:")),
]  # fmt: skip


@pytest.mark.parametrize("constraint", GOOD)
def test_fits(constraint) -> None:
    assert check_constraint(constraint) is constraint


@pytest.mark.parametrize(("constraint", "words"), BAD)
def test_does_not_fit(constraint, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_constraint(constraint)


@pytest.mark.parametrize(("assets", "found"), [("v/X, BTC, ETH", "BTC, ETH"), ("", "none")])
def test_what_names_no_asset_is_said(assets: str, found: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_constraint(limit(K.CORRELATION_GROUP, 1, parameters={"assets": assets}))
    assert refused.value.found == found


def test_a_custom_constraint_names_a_measure_there_is() -> None:
    custom.register("there", lambda snapshot, scope: D(1))
    try:
        check_constraint(limit(K.CUSTOM, 1, parameters={"measure": "there"}))
    finally:
        custom.unregister("there")


def test_defaults() -> None:
    found = defaults_for("b", D(1000))
    assert [check_constraint(each) for each in found] == found
    assert {(each.kind.value, each.limit, each.scope) for each in found} == {
        ("capital_per_action", D(200), "bot:b"),
        ("total_exposure", D(1000), "bot:b"),
        ("daily_loss", D(50), "bot:b"),
        ("drawdown", D("0.2"), "bot:b"),
        ("action_rate", D(120), "bot:b"),
    }
    assert len({each.id for each in found}) == len(found)


def test_defaults_leave_the_shipped_strategies_alone() -> None:
    """The largest: both legs of a pair of a quarter of 60 % of the capital, the one at 0.95, and 20 runs a minute."""
    snapshot = facts(
        accounts={"bot:b": account("bot:b")}, decided=[(ago(n), PATH) for n in range(40)], marks={}
    )
    leg = buy(D(150), "0.95")
    found = assess(leg, defaults_for("b", D(1000)), snapshot)
    assert found.allowed
    assert {finding.verdict for finding in found.findings} == {"ok"}
