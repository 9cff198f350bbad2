"""What a SHUTDOWN does at a venue without order books: the domain's unwinder ends what goes on costing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from integration.emergency.conftest import Trader, report, shut_down
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.safety.unwinding import Obligation, Remainder, Unwinder, UnwindRequest
from argosy.core.venues.venue import Capability, RunningCost
from argosy.venuekit.unwind.book_sale import BookSale

COST = RunningCost(symbol="gpu-1", per_day=Decimal("12.5"))


class Machines(ScriptedVenue):
    """Rents machines by the day; a contract runs until somebody ends it."""

    name = "machines"
    capabilities = frozenset({Capability.BALANCES, Capability.POSITIONS})

    def execute(self, action: Action) -> ActionResult:
        self.calls.append(action)
        answer = self.answers.pop(0) if self.answers else done
        result = self.known[action.client_id] = answer(self, action)
        return result

    def running_costs(self, symbols: Sequence[str]) -> Sequence[RunningCost]:
        return [COST] if COST.symbol in symbols else []


def done(venue: ScriptedVenue, action: Action) -> ActionResult:
    return ActionResult(client_id=action.client_id, status=ActionStatus.FILLED, filled=action.quantity)


class EndContracts(Unwinder):
    """Ends each contract, the dearest first; `gpu-2` cannot be ended."""

    def arrange(self, obligations: Sequence[Obligation]) -> Sequence[Obligation]:
        return sorted(obligations, key=lambda each: each.symbol, reverse=True)

    def next_action(self, request: UnwindRequest) -> Action | Remainder:
        symbol = request.obligation.symbol
        if symbol == "gpu-2":
            return Remainder("the contract runs until Friday", for_good=True)
        return Action(
            client_id="chosen by the unwinder",
            venue="elsewhere",
            kind=ActionKind.UNLIST,
            symbol=symbol,
            quantity=Decimal(1),
        )


class Broken(Unwinder):
    def next_action(self, request: UnwindRequest) -> Action | Remainder:
        raise ZeroDivisionError


@pytest.fixture
def machines(trader: Trader) -> Machines:
    made = Machines()
    trader.venues = TheseVenues({"scripted": trader.venue, "machines": made})
    return made


def rent(trader: Trader, symbol: str = "gpu-1") -> None:
    action = Action(
        client_id=f"{symbol:0>32}",
        venue="machines",
        kind=ActionKind.LIST,
        symbol=symbol,
        quantity=Decimal(1),
    )
    (result,) = trader.gateway.submit(trader.caller(), trader.venues, [action])
    assert result.status is ActionStatus.FILLED, result


def ended(machines: Machines) -> list[str]:
    return [call.symbol for call in machines.calls if call.kind is ActionKind.UNLIST]


def test_flattening_ends_a_contract_and_sells_a_position(trader: Trader, machines: Machines) -> None:
    rent(trader)
    trader.submit("buy", "10")
    trader.unwinder_of = lambda venue: EndContracts() if venue == "machines" else BookSale()
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    (call,) = [each for each in machines.calls if each.kind is ActionKind.UNLIST]
    assert (call.venue, len(call.client_id)) == ("machines", 32), "an unwinder does not choose id or venue"
    _, text = report(trader.office, epoch)
    assert "b1/s1 machines gpu-1 (paper): ended by unlist" in text
    assert "b1/s1 scripted X (paper): flat, 10 gone" in text
    assert trader.enforcer.enforce(epoch)
    assert ended(machines) == ["gpu-1"]


def test_the_unwinder_says_the_order_and_what_it_cannot_end(trader: Trader, machines: Machines) -> None:
    for symbol in ("gpu-1", "gpu-2", "gpu-3"):
        rent(trader, symbol)
    trader.unwinder_of = lambda venue: EndContracts()
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch), "no further attempt is possible"
    assert ended(machines) == ["gpu-3", "gpu-1"]
    text = report(trader.office, epoch)[1]
    assert "gpu-2 (paper): list STANDS (the contract runs until Friday), its cost a day is not known" in text


def test_an_interrupted_end_of_a_contract_is_not_repeated(trader: Trader, machines: Machines) -> None:
    rent(trader)
    trader.unwinder_of = lambda venue: EndContracts()

    def dies(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.known[action.client_id] = done(venue, action)
        raise SystemExit

    machines.answers = [dies]
    epoch = shut_down(trader.office, flatten=True)
    with pytest.raises(SystemExit):
        trader.enforcer.enforce(epoch)
    assert not trader.enforcer.enforce(epoch), "the outcome of the end is not known yet"
    trader.compare()
    assert trader.enforcer.enforce(epoch)
    assert ended(machines) == ["gpu-1"]
    assert "ended by unlist" in report(trader.office, epoch)[1]


def test_a_domain_without_an_unwinder_says_what_goes_on_costing(trader: Trader, machines: Machines) -> None:
    rent(trader)
    trader.submit("buy", "3")
    trader.unwinder_of = lambda venue: None
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    text = report(trader.office, epoch)[1]
    why = "(domain trading has no unwinder, so Argosy cannot end it: end it at {} by hand)"
    assert f"gpu-1 (paper): list STANDS {why.format('machines')}, it costs 12.5 USD a day" in text
    assert f"X (paper): 3 LEFT {why.format('scripted')}" in text
    assert ended(machines) == []


def test_a_shutdown_without_flattening_says_what_goes_on_costing(trader: Trader, machines: Machines) -> None:
    rent(trader)
    epoch = shut_down(trader.office)
    assert trader.enforcer.enforce(epoch)
    text = report(trader.office, epoch)[1]
    assert "gpu-1 (paper): list STANDS (not flattened: repeat the shutdown with --flatten" in text
    assert "it costs 12.5 USD a day" in text
    assert ended(machines) == []


def test_a_fault_in_one_unwinder_keeps_no_other_position(trader: Trader, machines: Machines) -> None:
    rent(trader)
    trader.submit("buy", "3")
    trader.unwinder_of = lambda venue: Broken() if venue == "machines" else BookSale()
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    text = report(trader.office, epoch)[1]
    assert "list STANDS (the unwinding failed: ZeroDivisionError: ), it costs 12.5 USD a day" in text
    assert trader.held() == 0


def test_a_fault_in_one_adapter_keeps_no_other_position(trader: Trader, machines: Machines) -> None:
    rent(trader)
    trader.submit("buy", "3", bot="b2")
    trader.unwinder_of = lambda venue: EndContracts() if venue == "machines" else BookSale()

    def fault(venue: ScriptedVenue, action: Action) -> ActionResult:
        raise ZeroDivisionError

    machines.answers = [fault]
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    assert trader.held() == 0
