"""From books to a merged pair, node by node; and every way a leg can be left alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.opportunity import OpportunityState
from argosy.core.clock import DrivenClock
from argosy.core.safety.emergency import EmergencyState
from argosy.domains.trading.evidence import EvidencePolicy
from argosy.domains.trading.nodes.guard import GuardParams, book_guard
from argosy.domains.trading.nodes.market import (
    BooksParams,
    MarketParams,
    SettlementParams,
    market,
    order_books,
    settlement_check,
)
from argosy.domains.trading.nodes.pair import EdgeParams, SizeParams, edge, size
from argosy.domains.trading.nodes.pair_execute import PairExecuteParams, pair_execute
from argosy.domains.trading.nodes.support import PairBooks, PairPlan
from argosy.domains.trading.paper.policy import PaperPolicy
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.sizes import floor_quantity
from argosy.errors import InvalidInput, SettlementChanged, VenueNotFound
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.binary import SLUG, START, RecordedVenue, ScriptedVenue, a_book, a_market, d
from tests.support.node_context import a_context

Rows = list[tuple[float, str | None, str | None, str | None, str | None]]
CALM: Rows = [(float(i), "0.49", "0.50", "0.50", "0.51") for i in range(900)]
# Proof has its own tests: here the first look is enough.
TRUSTING = PaperPolicy(
    evidence=EvidencePolicy(blind_observations=3, quiet_observations=3, persistence_s=1, lag_s=0)
)


def wide(start: int, end: int, up: str = "0.45", down: str = "0.46") -> Rows:
    """A pair at 0.91 before fees, from one second to another."""
    return [(float(i), str(d(up) - d("0.01")), up, str(d(down) - d("0.01")), down) for i in range(start, end)]


def account(rows: Rows, at: float = 60, size: str = "100") -> tuple[PaperVenue, DrivenClock, MemoryDocuments]:
    clock = DrivenClock(START + timedelta(seconds=at))
    documents = MemoryDocuments()
    source = RecordedVenue(clock, rows, size=size)
    paper = PaperVenue(source, documents, clock, account="bot", capital=d(1000), policy=TRUSTING)
    return paper, clock, documents


def a_plan(clock: DrivenClock, shares: str = "40", up: str = "0.45", down: str = "0.46") -> PairPlan:
    return PairPlan(
        slug=SLUG,
        up_symbol="up-token",
        down_symbol="down-token",
        shares=d(shares),
        up_limit=d(up),
        down_limit=d(down),
        cost=d(shares) * (d(up) + d(down)) + 2,
        profit=d("1"),
        edge=d("0.05"),
        decided_at=clock.now(),
        expires_at=START + timedelta(minutes=15),
    )


def books(up: tuple[str, str], down: tuple[str, str], size: str = "100") -> PairBooks:
    return PairBooks(
        slug=SLUG,
        up=a_book("up-token", *up, START, size=size),
        down=a_book("down-token", *down, START, size=size),
    )


# --- market and books -----------------------------------------------------------------------------------


def test_the_market_is_that_of_the_moment_and_rolls_over() -> None:
    clock = DrivenClock(START + timedelta(seconds=60))
    venue = ScriptedVenue(clock, CALM)
    found = market(a_context(clock, {"polymarket": venue}), MarketParams())
    assert (found.market.slug, found.seconds_left) == (SLUG, 840)
    clock.advance(840)
    with pytest.raises(VenueNotFound, match=str(int(START.timestamp()) + 900)):
        market(a_context(clock, {"polymarket": venue}), MarketParams())


def test_books_are_cut_to_the_levels_asked_for() -> None:
    clock = DrivenClock(START + timedelta(seconds=60))
    found = order_books(
        a_context(clock, {"polymarket": ScriptedVenue(clock, CALM)}), BooksParams(levels=1), a_market()
    )
    assert (found.books.up.symbol, found.books.down.symbol) == ("up-token", "down-token")


def test_a_venue_without_binary_markets_is_refused_by_name() -> None:
    clock = DrivenClock(START)

    class Exchange:
        name = "binance"

    with pytest.raises(InvalidInput, match="two-outcome"):
        market(a_context(clock, {"polymarket": Exchange()}), MarketParams())  # type: ignore[dict-item]


def test_another_settlement_rule_stops_the_strategy() -> None:
    ctx = a_context(DrivenClock(START))
    assert settlement_check(ctx, SettlementParams(), a_market()).market == a_market()
    changed = a_market(settlement={"kind": "btc-15m-spot", "lookbackS": 0, "source": ""})
    with pytest.raises(SettlementChanged, match="btc-15m-spot"):
        settlement_check(ctx, SettlementParams(), changed)
    unknown = a_market(settlement={})
    with pytest.raises(SettlementChanged):
        settlement_check(ctx, SettlementParams(), unknown)
    assert settlement_check(ctx, SettlementParams(accept_unknown=True), unknown).market == unknown


# --- guard ----------------------------------------------------------------------------------------------


def test_the_guard_passes_sane_books_and_counts_a_doubled_run_once() -> None:
    clock = DrivenClock(START + timedelta(seconds=60))
    documents = MemoryDocuments()
    seen = PairBooks(
        slug=SLUG,
        up=a_book("up-token", "0.49", "0.50", clock.now()),
        down=a_book("down-token", "0.50", "0.51", clock.now()),
    )
    for _ in range(2):
        taken = book_guard(a_context(clock, documents=documents), GuardParams(), a_market(), seen)
        assert (taken.branch, taken.value) == ("ok", seen)
    kept = documents.get("memory:bot:-", "guard:node")
    assert kept is not None
    assert len(kept.value["seen"]) == 1


def test_the_guard_lets_a_lasting_gap_of_living_books_through_and_no_single_row() -> None:
    clock = DrivenClock(START + timedelta(seconds=60))
    documents = MemoryDocuments()
    branches = []
    for i in range(12):
        step = d(i % 3) / 100
        pair = PairBooks(
            slug=SLUG,
            up=a_book("up-token", str(d("0.41") + step), str(d("0.42") + step), clock.now()),
            down=a_book("down-token", str(d("0.49") - step), str(d("0.50") - step), clock.now()),
        )
        branches.append(
            book_guard(a_context(clock, documents=documents), GuardParams(), a_market(), pair).branch
        )
        clock.advance(1)
    assert branches[:3] == ["reject"] * 3
    assert branches[-1] == "ok"


def test_the_guard_rejects_the_first_and_last_seconds() -> None:
    for at, code in ((5, "opening"), (890, "closing")):
        clock = DrivenClock(START + timedelta(seconds=at))
        pair = PairBooks(
            slug=SLUG,
            up=a_book("up-token", "0.49", "0.50", clock.now()),
            down=a_book("down-token", "0.50", "0.51", clock.now()),
        )
        taken = book_guard(a_context(clock), GuardParams(), a_market(), pair)
        assert taken.branch == "reject"
        assert taken.value.code == code


def test_the_guard_refuses_a_market_without_a_fee_schedule() -> None:
    with pytest.raises(InvalidInput, match="schedule"):
        book_guard(
            a_context(DrivenClock(START)),
            GuardParams(),
            a_market(fees=None),
            books(("0.49", "0.50"), ("0.50", "0.51")),
        )


# --- edge and size --------------------------------------------------------------------------------------


def test_no_edge_at_a_fair_price() -> None:
    taken = edge(
        a_context(DrivenClock(START)), EdgeParams(), a_market(), books(("0.49", "0.50"), ("0.50", "0.51"))
    )
    assert taken.branch == "none"


def a_size(capital: str, emergency: EmergencyState = EmergencyState.NORMAL, **params: object) -> PairPlan:
    clock = DrivenClock(START + timedelta(seconds=60))
    pair = books(("0.44", "0.45"), ("0.45", "0.46"))
    found = edge(a_context(clock), EdgeParams(), a_market(), pair)
    assert found.branch == "edge"
    return size(
        a_context(clock, emergency=emergency),
        SizeParams.model_validate(params),
        a_market(),
        pair,
        found.value,
        d(capital),
    ).plan


def test_size_is_the_least_of_depth_capital_and_limit() -> None:
    assert a_size("10000", slack_share=0).shares == 100  # the depth
    assert a_size("10000").shares == 95, "47 cents a share: the 45 USD in the book take no larger amount"
    assert a_size("10000", most_shares=30).shares == 30
    small = a_size("100", capital_share="0.25")
    # A quarter of 100 USD at limits of 0.47 + 0.48 and fees of 0.017437 + 0.017472 a pair.
    assert small.shares == 25, "25.38, and at prices of whole cents only whole shares cost whole cents"
    for limit in (small.up_limit, small.down_limit):
        assert floor_quantity(small.shares, limit, "buy") == small.shares
    assert a_size("10000", EmergencyState.ALERT).shares == 95  # the gateway alone scales


def test_a_plan_under_the_minimum_is_none_and_says_so() -> None:
    plan = a_size("10")
    assert plan.shares == 0
    assert "minimum" in (plan.reason or "")


def test_limits_give_up_a_part_of_the_edge_and_never_all_of_it() -> None:
    plan = a_size("10000")
    assert plan.up_limit > d("0.45")
    fees = a_market().fees
    assert fees is not None
    worst = plan.up_limit + plan.down_limit + fees.fee(d(1), plan.up_limit) + fees.fee(d(1), plan.down_limit)
    assert worst < 1
    assert plan.cost >= plan.shares * worst - d("0.01")


# --- execution ------------------------------------------------------------------------------------------


def test_both_legs_fill_and_are_merged() -> None:
    paper, clock, documents = account([*CALM[:55], *wide(55, 80)])
    ctx = a_context(clock, {"polymarket": paper}, documents=documents)
    done = pair_execute(ctx, PairExecuteParams(), a_market(), a_plan(clock))
    assert done.execution.state == "taken"
    assert paper.holdings() == []
    assert done.pnl == paper.portfolio().pnl > 0
    assert done.opportunity.state is OpportunityState.TAKEN
    assert [event.type for event in ctx.events] == ["opportunity"]
    assert ctx.actions == 3


def test_a_redelivered_execution_changes_nothing() -> None:
    paper, clock, documents = account([*CALM[:55], *wide(55, 80)])
    plan = a_plan(clock)
    first = pair_execute(
        a_context(clock, {"polymarket": paper}, documents=documents), PairExecuteParams(), a_market(), plan
    )
    cash = paper.portfolio().cash
    clock.advance(30)
    again = pair_execute(
        a_context(clock, {"polymarket": paper}, documents=documents), PairExecuteParams(), a_market(), plan
    )
    assert again.execution == first.execution
    assert paper.portfolio().cash == cash


def test_nothing_is_bought_when_both_legs_have_gone() -> None:
    paper, clock, _ = account([*CALM[:55], *wide(55, 61), *CALM[61:]])
    done = pair_execute(
        a_context(clock, {"polymarket": paper}), PairExecuteParams(), a_market(), a_plan(clock)
    )
    assert done.execution.state == "missed"
    assert paper.portfolio().cash == 1000
    assert done.opportunity.state is OpportunityState.MISSED


def test_a_lone_leg_is_completed_within_the_bounded_loss() -> None:
    rows = [*CALM[:55], *wide(55, 61), *wide(61, 90, down="0.48")]
    paper, clock, _ = account(rows)
    done = pair_execute(
        a_context(clock, {"polymarket": paper}), PairExecuteParams(), a_market(), a_plan(clock)
    )
    assert done.execution.state == "completed"
    # 40 shares at up to 0.49 are 19.60 USD: at 0.48 they buy a little more than is missing.
    (held,) = paper.holdings()
    assert (held.symbol, held.quantity) == (done.execution.lone_symbol, done.execution.lone)
    assert (held.symbol, done.execution.lone) == ("down-token", d("0.833333"))
    assert done.pnl == pytest.approx(paper.portfolio().realised)


def test_better_prices_on_one_leg_leave_more_shares_of_it() -> None:
    paper, clock, _ = account([*CALM[:55], *wide(55, 80)])
    ctx = a_context(clock, {"polymarket": paper})
    done = pair_execute(ctx, PairExecuteParams(), a_market(), a_plan(clock, up="0.45", down="0.50"))
    assert (done.execution.state, done.execution.pairs) == ("taken", 40)
    assert (done.execution.lone, done.execution.lone_symbol) == (d("3.478260"), "down-token")
    assert "held to the end" in (done.execution.reason or "")
    assert ctx.actions == 3, "both legs and the merge: what came on top is not sold"
    assert "alarm" not in [event.type for event in ctx.events]
    (held,) = paper.holdings()
    assert held.quantity == done.execution.lone
    assert done.pnl == pytest.approx(paper.portfolio().realised)


def test_better_prices_on_both_legs_make_more_pairs() -> None:
    paper, clock, _ = account([*CALM[:55], *wide(55, 80)])
    plan = a_plan(clock, shares="50", up="0.54", down="0.69")
    done = pair_execute(a_context(clock, {"polymarket": paper}), PairExecuteParams(), a_market(), plan)
    assert (done.execution.pairs, done.execution.lone) == (60, 15)


def test_a_lone_leg_that_cannot_be_completed_is_sold() -> None:
    rows = [*CALM[:55], *wide(55, 61), *wide(61, 90, up="0.42", down="0.60")]
    paper, clock, _ = account(rows)
    done = pair_execute(
        a_context(clock, {"polymarket": paper}), PairExecuteParams(), a_market(), a_plan(clock)
    )
    assert done.execution.state == "unwound"
    (held,) = paper.holdings()
    assert held.quantity == d("0.007142"), "sales have two decimals"
    assert done.execution.lone == held.quantity
    assert done.pnl == pytest.approx(paper.portfolio().realised)
    assert done.pnl < 0


def test_a_lone_leg_that_nobody_takes_is_held_with_an_alarm() -> None:
    rows: Rows = [*CALM[:55], *wide(55, 61), *wide(61, 62, up="0.42", down="0.60")]
    rows += [(float(i), "0.20", "0.21", "0.79", "0.80") for i in range(62, 90)]
    paper, clock, _ = account(rows)
    ctx = a_context(clock, {"polymarket": paper})
    done = pair_execute(ctx, PairExecuteParams(), a_market(), a_plan(clock))
    assert (done.execution.state, done.execution.lone) == ("one_legged", d("42.857142"))
    assert "alarm" in [event.type for event in ctx.events]
    assert done.opportunity.state is OpportunityState.FAILED


def test_holding_is_a_choice() -> None:
    rows = [*CALM[:55], *wide(55, 61), *wide(61, 90, up="0.42", down="0.60")]
    paper, clock, _ = account(rows)
    done = pair_execute(
        a_context(clock, {"polymarket": paper}), PairExecuteParams(one_leg="hold"), a_market(), a_plan(clock)
    )
    assert done.execution.state == "one_legged"
    assert len(done.results) == 2


def test_a_leg_of_unknown_fate_is_never_mended() -> None:
    class Silent(PaperVenue):
        """Loses the answer about one token."""

        def execute(self, action: Action) -> ActionResult:
            result = super().execute(action)
            if action.symbol == "down-token":
                return ActionResult(client_id=action.client_id, status=ActionStatus.UNKNOWN)
            return result

    clock = DrivenClock(START + timedelta(seconds=60))
    source = RecordedVenue(clock, [*CALM[:55], *wide(55, 80)])
    paper = Silent(source, MemoryDocuments(), clock, account="bot", capital=d(1000), policy=TRUSTING)
    ctx = a_context(clock, {"polymarket": paper})
    done = pair_execute(ctx, PairExecuteParams(), a_market(), a_plan(clock))
    assert done.execution.state == "unknown"
    assert len(done.results) == 2
    assert "alarm" in [event.type for event in ctx.events]


def test_what_is_declined() -> None:
    paper, clock, _ = account([*CALM[:55], *wide(55, 80)])
    poor = a_plan(clock).model_copy(update={"cost": Decimal(5000)})
    for plan, why in (
        (a_plan(clock).model_copy(update={"shares": Decimal(0), "reason": "too small"}), "too small"),
        (poor, "needed for both legs"),
        (a_plan(clock).model_copy(update={"decided_at": clock.now() - timedelta(seconds=10)}), "old"),
    ):
        done = pair_execute(a_context(clock, {"polymarket": paper}), PairExecuteParams(), a_market(), plan)
        assert done.execution.state == "declined"
        assert why in (done.execution.reason or "")
        assert done.results == []
    assert paper.portfolio().cash == 1000
