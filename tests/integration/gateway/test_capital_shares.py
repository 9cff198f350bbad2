"""Shares of a bot's capital where they bind: at the gateway, with orders open, lent out and in a race."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.money.capital import Lending, Share
from argosy.core.safety.audit import Actor
from argosy.infrastructure.storage.money import capital

pytestmark = pytest.mark.integration
D = Decimal
NOW = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)


def split(desk: Any, lending: Lending = "none", *, keeps: tuple[str, ...] = (), **weights: str) -> None:
    shares = [Share(name, D(weight), name not in keeps) for name, weight in weights.items()]
    desk.database.run(
        capital.save_shares("bot", shares, actor=Actor(id="ann"), at=NOW, reason="test", lending=lending)
    )


def stays_open(venue: ScriptedVenue, action: Action) -> ActionResult:
    return venue.do(action, D(0), status=ActionStatus.OPEN)


def buy(desk: Any, strategy: str, amount: str, *, open_: bool = False) -> ActionResult:
    """An order of `amount` in all by that strategy."""
    if open_:
        desk.venue.answers = [stays_open]
    caller = replace(desk.caller, strategy_id=strategy)
    order = desk.order(quantity=amount, price="1", max_fee=D(0), symbol=f"X-{strategy}", time_in_force="GTC")
    return desk.gateway.submit(caller, desk.venues, [order])[0]


def test_what_a_strategy_does_to_its_decimals_changes_no_judgement(desk) -> None:
    split(desk, s1="0.5")
    with localcontext(prec=2):  # 494 would be 490
        assert buy(desk, "s1", "494").status is ActionStatus.FILLED
        assert buy(desk, "s1", "7").code == "capital.share"
        assert buy(desk, "s1", "5").status is ActionStatus.FILLED


def test_no_strategy_uses_more_than_its_share(desk) -> None:
    split(desk, s1="0.5", s2="0.3")
    assert buy(desk, "s1", "400", open_=True).status is ActionStatus.OPEN
    denied = buy(desk, "s1", "101")
    assert (denied.status, denied.code) == (ActionStatus.DENIED, "capital.share")
    assert buy(desk, "s1", "100").status is ActionStatus.FILLED
    assert "is in use" in str(buy(desk, "s1", "1").reason)
    assert buy(desk, "s2", "300").status is ActionStatus.FILLED
    assert buy(desk, "other", "1").code == "capital.share"
    assert (
        buy(desk, "", "199").status is ActionStatus.FILLED
    )  # the bot itself has what the weights leave over


def test_a_lender_gets_its_share_but_for_what_is_in_use_elsewhere(desk) -> None:
    split(desk, "idle", s1="0.4", s2="0.3", s3="0.3", keeps=("s3",))
    assert buy(desk, "s1", "701").code == "capital.share"
    assert buy(desk, "s1", "600", open_=True).status is ActionStatus.OPEN
    denied = buy(desk, "s2", "101")
    assert denied.code == "capital.share"
    assert "200.0 of the share of 300.0 is in use by other strategies until they free it" in str(
        denied.reason
    )
    assert buy(desk, "s2", "100").status is ActionStatus.FILLED
    assert buy(desk, "s3", "299").status is ActionStatus.FILLED  # and a cent of fee of s2's order


def test_a_share_that_is_kept_is_never_lent(desk) -> None:
    split(desk, "idle", s1="0.5", s2="0.5", keeps=("s2",))
    assert buy(desk, "s1", "501").code == "capital.share"
    assert buy(desk, "s2", "1000").status is ActionStatus.FILLED


def test_rebalancing_leaves_open_orders_reserved_and_gives_the_others_what_is_really_free(desk) -> None:
    split(desk, s1="0.6", s2="0.2")
    opened = buy(desk, "s1", "600", open_=True)
    split(desk, s1="0.1", s2="0.3")
    assert desk.journal.get(opened.client_id).reserved == 600
    assert "600 is in use of a share of 100" in str(buy(desk, "s1", "1").reason)
    assert buy(desk, "s2", "301").code == "capital.share"
    assert buy(desk, "s2", "300").status is ActionStatus.FILLED


def test_orders_of_all_strategies_at_once_never_reach_into_a_share_that_is_kept(
    desk_on: Callable[..., Any],
) -> None:
    venue = ScriptedVenue(cash="100000")
    venue.answers = [stays_open] * 200
    desks = [desk_on(venue) for _ in range(4)]
    split(desks[0], "idle", s1="0.4", s2="0.3", kept="0.3", keeps=("kept",))
    barrier = threading.Barrier(len(desks))

    def trade(number: int) -> list[ActionResult]:
        dice, desk = random.Random(number), desks[number]
        barrier.wait(20)
        return [buy(desk, dice.choice(["s1", "s2"]), str(dice.randint(30, 120))) for _ in range(12)]

    with ThreadPoolExecutor(len(desks)) as pool:
        results = [result for each in pool.map(trade, range(len(desks))) for result in each]
    ((reserved,),) = desks[0].all("SELECT sum(reserved) FROM intents WHERE status = 'open'")
    assert {result.code for result in results} == {None, "capital.share"}
    assert 600 < reserved <= 700
    assert buy(desks[0], "kept", "300").status is ActionStatus.OPEN
