"""What beat has done: every action is asked for, whatever became of its bot."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace

import pytest
from support.node_context import TheseVenues

import workers.reconcile
from argosy.core.actions.action import ActionStatus
from argosy.core.clock import DrivenClock
from argosy.errors import VenueUnavailable
from argosy.infrastructure.risk.marks import MarkBook
from argosy.infrastructure.state.memory_documents import MemoryDocuments

D = Decimal


@pytest.fixture
def ports(desk, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A worker process whose bots all trade at the desk's venue."""

    def venues(bot_id: str, domain: str, mode: object, capital: Decimal) -> TheseVenues:
        if bot_id == "a_broken":
            raise KeyError("its settings")
        if bot_id == "a_away":
            raise VenueUnavailable("down")
        return desk.venues

    found = SimpleNamespace(
        database=desk.database, reconciler=desk.reconciler, contexts=SimpleNamespace(venues=venues)
    )
    monkeypatch.setattr(workers.reconcile, "runtime", lambda: found)
    return found


def resting(desk):
    desk.venue.answers = [lambda venue, action: venue.do(action, D(0), status=ActionStatus.OPEN)]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    desk.venue.do(order, D(10))
    return order


@pytest.mark.parametrize(
    "since", ["UPDATE bots SET mode = 'live'", "DELETE FROM bots", "UPDATE bots SET state = 'paused'"]
)
def test_an_action_is_settled_whatever_became_of_its_bot(desk, ports: SimpleNamespace, since: str) -> None:
    order = resting(desk)
    desk.run(since)
    workers.reconcile.settle_intents()
    after = desk.intent(order)
    assert (after.status, after.caller.mode) == (ActionStatus.FILLED, "paper")
    assert desk.all("SELECT sum(quantity) FROM positions") == [(10,)]
    assert desk.all("SELECT settled FROM reconciliations ORDER BY id DESC LIMIT 1") == [(1,)]


@pytest.mark.parametrize("first", ["a_broken", "a_away"])
def test_one_bot_keeps_no_other_waiting(desk, ports: SimpleNamespace, first: str) -> None:
    order = resting(desk)
    desk.run(
        "INSERT INTO intents SELECT (jsonb_populate_record(intents, "
        "jsonb_build_object('client_id', 'other', 'bot_id', %s::text))).* FROM intents",
        first,
    )
    desk.run(
        "INSERT INTO bots SELECT (jsonb_populate_record(bots, jsonb_build_object('id', %s::text))).* FROM bots",
        first,
    )
    workers.reconcile.settle_intents()
    assert desk.intent(order).status is ActionStatus.FILLED
    workers.reconcile.reconcile()
    assert desk.all("SELECT bot_id, status FROM reconciliations ORDER BY id DESC LIMIT 1") == [
        ("bot", "clean")
    ]


def test_a_venue_that_answers_slowly_holds_one_thread(desk, ports: SimpleNamespace) -> None:
    order = resting(desk)
    asked, answered = threading.Event(), threading.Event()
    lookup = desk.venue.query_action

    def slow(client_id: str):
        asked.set()
        assert answered.wait(20)
        return lookup(client_id)

    desk.venue.query_action = slow
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(workers.reconcile.settle_intents)
        assert asked.wait(20)
        workers.reconcile.settle_intents()  # would wait for the answer as well
        answered.set()
        first.result(20)
    assert desk.intent(order).status is ActionStatus.FILLED
    assert len(desk.venue.lookups) == 1
    asked.clear()
    desk.run("UPDATE intents SET status = 'open'")
    workers.reconcile.settle_intents()
    assert asked.is_set(), "it is done again once it is over"


def test_a_position_at_a_venue_without_prices_counts_at_its_cost(desk, ports: SimpleNamespace) -> None:
    desk.submit(desk.order())
    clock = DrivenClock(desk.clock.now())
    ports.clock, ports.marks = clock, MarkBook(desk.database, MemoryDocuments(), clock)
    workers.reconcile.mark()
    [(quantity, cost)] = desk.all("SELECT sum(quantity), sum(cost) FROM positions")
    [(price, at)] = desk.all("SELECT price, at FROM marks")
    assert price * quantity == cost > 0
    clock.advance(400)
    workers.reconcile.mark()
    [(price, later)] = desk.all("SELECT price, at FROM marks")
    assert price * quantity == cost
    assert (later - at).total_seconds() == 400, "the guard would stop the bot because of an old price"
