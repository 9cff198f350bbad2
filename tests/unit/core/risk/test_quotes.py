"""Which quotes may move a mark."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.risk import NOW, D, account, buy, facts, held, limit

from argosy.core.risk import ConstraintKind, Mark, assess
from argosy.core.risk.quotes import Accepted, PendingQuote, QuotePolicy, Suspect, check_quote
from argosy.core.risk.watch import watch
from argosy.core.venues.venue import Quote

POLICY = QuotePolicy(max_age_s=10, max_ahead_s=2, band=D("0.1"), confirmations=3, span_s=5)
LAST = Mark(D(100), NOW - timedelta(seconds=60))


def quote(bid: object = None, ask: object = None, last: object = None, at: float = 0) -> Quote:
    """`at` in seconds from now."""
    sides = {
        name: None if value is None else D(str(value))
        for name, value in (("bid", bid), ("ask", ask), ("last", last))
    }
    return Quote.model_construct(
        venue="v", symbol="X", currency="USD", at=NOW + timedelta(seconds=at), **sides
    )


@pytest.mark.parametrize(("at", "count"), [(-1.001, 1), (-1, 1), (-0.999, 2)])
def test_only_a_later_quote_confirms(at: float, count: int) -> None:
    doubt = PendingQuote(D(150), 1, NOW - timedelta(seconds=1), NOW - timedelta(seconds=1))
    verdict = check_quote(LAST, quote(150, 151, at=at), NOW, POLICY, doubt)
    assert isinstance(verdict, Suspect) and verdict.doubt is not None
    assert (verdict.reason, verdict.doubt.count) == ("unconfirmed", count)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (quote(99, 101), 100),
        (quote(109, 111), 110),
        (quote(89, 91), 90),
        (quote(last=105), 105),
        (quote(bid=1, last=105), 105),
        (quote(99, 101, at=-10), 100),
        (quote(99, 101, at=2), 100),
        (quote(99, 101, at=-60), "stale"),
        (quote(99, 101, at=-10.001), "stale"),
        (quote(99, 101, at=2.001), "ahead"),
        (quote(101, 99), "crossed"),
        (quote(100, 100), "crossed"),
        (quote(), "no_price"),
        (quote(bid=100), "no_price"),
        (quote(0, 100), "not_positive"),
        (quote(-1, 100), "not_positive"),
        (quote("NaN", 100), "not_positive"),
        (quote(last=0), "not_positive"),
        (quote(last=-1), "not_positive"),
        (quote(last="Infinity"), "not_positive"),
        (quote(109, "111.0001"), "unconfirmed"),
        (quote("88.9999", 91), "unconfirmed"),
    ],
)
def test_one_quote(given: Quote, found: object) -> None:
    verdict = check_quote(LAST, given, NOW, POLICY)
    if isinstance(found, str):
        assert isinstance(verdict, Suspect)
        assert verdict.reason == found
    else:
        assert verdict == Accepted(D(str(found)), given.at)


def test_a_quote_from_before_the_mark_is_old() -> None:
    mark = Mark(D(100), NOW - timedelta(seconds=1))
    verdict = check_quote(mark, quote(99, 101, at=-2), NOW, POLICY)
    assert isinstance(verdict, Suspect)
    assert verdict.reason == "old"
    assert isinstance(check_quote(mark, quote(99, 101, at=-1), NOW, POLICY), Accepted)


@pytest.mark.parametrize(("ahead", "known"), [(2, True), (2.001, False)])
def test_the_time_of_a_mark_or_a_doubt_from_a_clock_that_was_wrong_says_nothing(
    ahead: float, known: bool
) -> None:
    """A clock that was an hour ahead must not make every quote old for an hour; the price still counts."""
    at = NOW + timedelta(seconds=ahead)
    mark = Mark(D(100), at)
    verdict = check_quote(mark, quote(99, 101), NOW, POLICY)
    assert isinstance(verdict, Suspect if known else Accepted)
    far = check_quote(mark, quote(199, 201), NOW, POLICY)
    assert isinstance(far, Suspect)
    assert far.reason == ("old" if known else "unconfirmed")
    doubted = check_quote(LAST, quote(199, 201), NOW, POLICY, PendingQuote(D(200), 2, at, at))
    assert isinstance(doubted, Suspect) and doubted.doubt is not None
    assert (doubted.doubt.until == at, doubted.doubt.count) == ((True, 2) if known else (False, 1))


def test_near_zero_the_band_has_a_least_width() -> None:
    policy = QuotePolicy(least_band=D("0.02"))
    low = Mark(D("0.05"), LAST.at)
    assert isinstance(check_quote(low, quote("0.06", "0.08"), NOW, policy), Accepted)
    assert isinstance(check_quote(low, quote("0.06", "0.081"), NOW, policy), Suspect)


def run(*quotes: Quote, previous: Mark | None = LAST) -> list[object]:
    """Each verdict in turn; the doubt is carried along, an accepted price ends it."""
    doubt, found = None, []
    for each in quotes:
        verdict = check_quote(previous, each, NOW, POLICY, doubt)
        if isinstance(verdict, Accepted):
            doubt = None
            found.append(verdict.price)
        else:
            doubt = verdict.doubt
            found.append(verdict.reason)
    return found


def test_a_jump_needs_n_quotes_over_t_seconds() -> None:
    assert run(*(quote(last=200, at=s) for s in (-5, -2, 0))) == ["unconfirmed", "unconfirmed", 200]
    assert run(*(quote(last=200, at=s) for s in (-4.999, -2, 0))) == ["unconfirmed"] * 3
    assert run(*(quote(last=200, at=s) for s in (-5, 0))) == ["unconfirmed"] * 2
    assert run(*(quote(last=200, at=s) for s in (-6, -3, -2, 0))) == ["unconfirmed"] * 3 + [200]


def test_the_same_quote_read_again_confirms_nothing() -> None:
    assert run(*(quote(last=200, at=s) for s in (-6, -6, -6, 0))) == ["unconfirmed"] * 4


def test_quotes_that_disagree_start_anew() -> None:
    assert run(*(quote(last=p, at=s) for p, s in ((200, -6), (300, -3), (200, 0)))) == ["unconfirmed"] * 3


def test_a_price_that_runs_is_confirmed_step_by_step() -> None:
    assert run(*(quote(last=p, at=s) for p, s in ((200, -6), (220, -3), (242, 0))))[-1] == 242
    assert run(*(quote(last=p, at=s) for p, s in ((200, -6), (220, -3), (243, 0))))[-1] == "unconfirmed"


def test_a_quote_inside_the_band_ends_the_doubt_and_one_without_a_price_does_not() -> None:
    assert run(quote(last=200, at=-9), quote(last=200, at=-6), quote(last=100, at=-3), quote(last=200)) == [
        "unconfirmed", "unconfirmed", 100, "unconfirmed",
    ]  # fmt: skip
    assert run(quote(last=200, at=-9), quote(101, 99, at=-8), quote(last=200, at=-6), quote(last=200)) == [
        "unconfirmed", "crossed", "unconfirmed", 200,
    ]  # fmt: skip


def test_the_first_price_of_an_asset_needs_a_second() -> None:
    assert run(quote(last=200, at=-1), quote(last=200, at=0), previous=None) == ["unconfirmed", 200]
    assert run(quote(last=200, at=-1), quote(last=900, at=0), previous=None) == ["unconfirmed"] * 2


@given(st.decimals("0.01", 10**9, allow_nan=False), st.one_of(st.none(), st.just(LAST)))
def test_a_single_quote_never_moves_a_mark_out_of_its_band(price: Decimal, previous: Mark | None) -> None:
    """Whatever it says: so equity moves by at most the band, and no single quote trips a halt."""
    verdict = check_quote(previous, quote(last=price), NOW, POLICY)
    if isinstance(verdict, Accepted):
        assert previous is not None
        assert abs(verdict.price - 100) <= 10
    else:
        assert verdict.doubt == PendingQuote(price, 1, NOW, NOW)


def test_one_insane_quote_breaches_no_loss_limit() -> None:
    """1 unit of an asset at 100 is all the equity there is; a quote of 1 would be a loss of 99 %."""
    insane = quote(last=1)
    mark = LAST
    for each in (insane, quote(last=99), insane, quote(last=99)):
        verdict = check_quote(mark, each, NOW, POLICY)
        if isinstance(verdict, Accepted):
            mark = Mark(verdict.price, verdict.at)
        equity = mark.price
        snapshot = facts(
            held(1, 100),
            marks={("v", "X"): mark},
            accounts={"platform": account(equity=equity, day_start_equity=100, high_water=100)},
        )
        rules = [limit(ConstraintKind.DAILY_LOSS, 20), limit(ConstraintKind.DRAWDOWN, "0.2")]
        assert {finding.verdict for finding in watch(rules, snapshot)} == {"ok"}
        assert assess(buy(), rules, snapshot).allowed
