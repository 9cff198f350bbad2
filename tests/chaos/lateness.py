"""Orders that reached the venue too late.

They came after their action was abandoned, or after a halt was answered.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chaos.commands import ask
from chaos.proof import UNSETTLED, Books
from chaos.stack import AWAY, ChaosStack
from chaos.venue import Venue, account_of

GIVEN_UP = ("never_arrived", "never_sent")
"""Codes of an abandoned action: the product has decided that no venue has it.

Only this end can change again, when the venue's later answer overrules it.
"""


def late(books: Books, venue: Venue, bot_ids: Sequence[str]) -> list[str]:
    """Return orders at the venue whose action was abandoned at any time.

    No clock is used, because clocks are harmed too.
    """
    accounts = {account_of(bot): bot for bot in bot_ids}
    orders = {order["id"] for order in venue.orders() if order["account"] in accounts}
    given_up = books.rows(
        "SELECT bot_id, client_id, lower(venue_id) AS order_id, status, reason FROM intents i "
        "WHERE kind = 'place_order' AND bot_id = ANY(%s) AND (code = ANY(%s) OR EXISTS (SELECT 1 FROM intent_changes c "
        "WHERE c.client_id = i.client_id AND c.before IN ('cancelled', 'denied') AND c.after <> c.before))",
        list(bot_ids),
        list(GIVEN_UP),
    )
    return [
        f"{row['bot_id']}: order {row['order_id']} of {row['client_id']}, which was given up, is there: "
        f"{row['status']}, {row['reason']}"
        for row in given_up
        if row["order_id"] in orders
    ]


@dataclass(frozen=True, slots=True)
class Stop:
    """Halt that was answered.

    `begun` are the actions that had begun before and had no answer from their venue then. `before` are the orders
    that the venue had before the command: the venue's clock may have been ahead then.
    """

    answered_ms: int
    in_flight: int
    begun: frozenset[str]
    took_s: float
    before: frozenset[str] = frozenset()


def halt(stack: ChaosStack, scope: str = "platform") -> Stop:
    """Run `argosy halt`, as an operator does.

    Raises AssertionError when the command fails.
    """
    try:
        before = frozenset(order["id"] for order in stack.venue.orders())
    except AWAY:
        before = frozenset()
    began = time.monotonic()
    answer = ask(stack, "halt", "--scope", scope, "--reason", "chaos")
    took_s = time.monotonic() - began
    try:
        answered_ms = stack.venue.now_ms()
    except AWAY:  # the sandbox may be frozen; this process has the same clock
        answered_ms = time.time_ns() // 1_000_000
    return Stop(answered_ms, int(answer["inFlight"]), _begun(stack), took_s, before)


def _begun(stack: ChaosStack) -> frozenset[str]:
    try:
        rows = Books(stack.servers.endpoints.database_url).rows(
            "SELECT client_id FROM intents WHERE status = ANY(%s) AND status <> 'planned'", list(UNSETTLED)
        )
    except AWAY:
        return frozenset()
    return frozenset(row["client_id"] for row in rows)


def after(books: Books, venue: Venue, stop: Stop, bot_ids: Sequence[str]) -> list[str]:
    """Return orders that take risk and reached the venue after the answer.

    Orders of actions in `stop.begun` are left out, unless they outnumber those that the answer counted as in
    flight.
    """
    accounts = {account_of(bot): bot for bot in bot_ids}
    owners = {
        row["order_id"]: row["client_id"]
        for row in books.rows(
            "SELECT lower(venue_id) AS order_id, client_id FROM intents WHERE kind = 'place_order' AND venue_id IS NOT NULL"
        )
    }
    found: list[str] = []
    named: list[str] = []
    for order in venue.orders():
        if order["created"] <= stop.answered_ms or order["id"] in stop.before:
            continue
        if order["side"] != "BUY" or order["account"] not in accounts:
            continue
        owner = owners.get(order["id"], "nobody")
        text = (
            f"{accounts[order['account']]}: order {order['id']} of {owner} came "
            f"{order['created'] - stop.answered_ms} ms after the halt"
        )
        (named if owner in stop.begun else found).append(text)
    return found + (named if len(named) > stop.in_flight else [])
