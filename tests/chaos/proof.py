"""Proof after calm: our books against the venue's own record, to the last digit.

Everything is read with plain SQL and the venue's control API, not through the code that wrote it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from chaos.venue import Venue, account_of, decimal

ZERO = Decimal(0)
CASH = "USD"
SHOWN = Decimal("0.000001")
"""Smallest part of a balance that the venue shows."""
UNSETTLED = ("planned", "submitted", "unknown")
ENDED_AT_VENUE = {"MATCHED", "CANCELED"}


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference between our books and the venue's record.

    `doubled` is an order with several intents, `lost` an order without one, `books` every other kind.
    """

    kind: Literal["doubled", "lost", "books"]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Sums:
    """Sums of one order or symbol.

    These are shares bought less sold, cash received less paid (without fees), and fees paid.
    """

    quantity: Decimal = ZERO
    cash: Decimal = ZERO
    fees: Decimal = ZERO

    def add(self, side: str, size: Decimal, price: Decimal, fee: Decimal) -> None:
        sign = 1 if side == "buy" else -1
        self.quantity += sign * size
        self.cash -= sign * size * price
        self.fees += fee

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} shares, {self.cash.normalize():f} cash, {self.fees.normalize():f} fees"


@dataclass(slots=True)
class VenueSide:
    """One account as in the venue's own record: by order, by symbol, and in total.

    `trades` are the ids of each order's trades. `shares` and `cash` are the account's current amounts; `cash`
    is without deposits. Orders that our books forgot (by a restore) count in these two only.
    """

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_order: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    by_symbol: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    trades: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    shares: dict[str, Decimal] = field(default_factory=dict)
    cash: Decimal = ZERO


def venue_side(venue: Venue, account: str, forgotten: Collection[str] = ()) -> VenueSide:
    record = venue.record(account)["polymarket"]
    found = VenueSide(orders={o["id"]: o for o in record["orders"] if o["id"] not in forgotten})
    for part in record["executions"]:
        if part["order"] in forgotten:
            continue
        for sums in (found.by_order[part["order"]], found.by_symbol[part["symbol"]]):
            sums.add(part["side"], *(decimal(part[name]) for name in ("size", "price", "fee")))
        found.trades[part["order"]].add(part["id"])
    found.shares = {
        asset: decimal(held) for asset, held in record["holdings"].items() if asset != CASH and decimal(held)
    }
    moves = (move for move in record["moves"] if move["asset"] == CASH and move["why"] != "deposit")
    found.cash = sum((decimal(move["amount"]) for move in moves), ZERO)
    return found


class Books:
    """Our own books, read in plain SQL."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("+psycopg", "")

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        with psycopg.connect(self._url, row_factory=dict_row, connect_timeout=5) as connection:
            return connection.execute(query, arguments).fetchall()  # type: ignore[arg-type]

    def write(self, statement: str, *arguments: object) -> None:
        """Execute a statement that arranges a test; proofs only read."""
        with psycopg.connect(self._url, connect_timeout=5) as connection:
            connection.execute(statement, arguments)  # type: ignore[arg-type]

    def one(self, query: str, arguments: Mapping[str, object] | Sequence[object] = ()) -> Any:
        with psycopg.connect(self._url, row_factory=dict_row, connect_timeout=5) as connection:
            row = connection.execute(query, arguments).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return next(iter(row.values()))


def differences(
    books: Books, venue: Venue, bot_ids: Sequence[str], forgotten: Collection[str] = ()
) -> list[Difference]:
    """Return every difference from the venue's record; empty is the only good answer."""
    found: list[Difference] = []
    for bot_id in bot_ids:
        theirs = venue_side(venue, account_of(bot_id), forgotten)
        found += _of_orders(books, theirs, bot_id)
        found += (Difference("books", text) for text in _of_bot(books, theirs, bot_id))
    return found


def _of_orders(books: Books, theirs: VenueSide, bot_id: str) -> Iterator[Difference]:
    """Check that every order at the venue belongs to exactly one intent."""
    owners: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in books.rows(
        "SELECT client_id, status, lower(venue_id) AS order_id FROM intents "
        "WHERE bot_id = %s AND mode = 'sandbox' AND kind = 'place_order' AND venue_id IS NOT NULL",
        bot_id,
    ):
        owners[row["order_id"]].append(row)
    for order_id, order in theirs.orders.items():
        found = owners.get(order_id, [])
        if len(found) != 1:
            yield Difference(
                "doubled" if found else "lost",
                f"{bot_id}: order {order_id} ({_told(order)}) has {len(found)} intents: {_ids(found)}",
            )


def _of_bot(books: Books, theirs: VenueSide, bot_id: str) -> Iterator[str]:
    intents = books.rows(
        "SELECT client_id, kind, status, venue_id, filled, symbol, action FROM intents WHERE bot_id = %s AND mode = 'sandbox'",
        bot_id,
    )
    placed = [i for i in intents if i["kind"] == "place_order"]
    by_order: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for intent in placed:
        if intent["venue_id"] is not None:
            by_order[intent["venue_id"].lower()].append(intent)
    for order_id, order in theirs.orders.items():
        owners = by_order.get(order_id, [])
        if len(owners) != 1:
            continue
        (intent,) = owners
        if decimal(intent["filled"]) != decimal(order["matched"]):
            yield (
                f"{bot_id}: {intent['client_id']} says filled {intent['filled']} ({intent['status']}), "
                f"the venue {_told(order)}"
            )
        live = intent["status"] in ("open", "partially_filled")
        if live != (order["status"] == "LIVE"):
            yield f"{bot_id}: {intent['client_id']} is {intent['status']}, the venue says {_told(order)}"
    for order_id, owners in by_order.items():
        if order_id not in theirs.orders:
            for intent in owners:
                if decimal(intent["filled"]) or intent["status"] in ("open", "partially_filled", "filled"):
                    yield (
                        f"{bot_id}: {intent['client_id']} is {intent['status']} with {intent['filled']}, "
                        f"the venue knows no order {order_id}"
                    )
    yield from _ledger(books, theirs, bot_id, {i["client_id"]: i["venue_id"] for i in placed})


def _ledger(books: Books, theirs: VenueSide, bot_id: str, venue_ids: dict[str, str | None]) -> Iterator[str]:
    rows = books.rows(
        "SELECT kind, symbol, quantity, amount, client_id, fill_id FROM ledger_entries "
        "WHERE bot_id = %s AND mode = 'sandbox' AND kind IN ('trade', 'fee')",
        bot_id,
    )
    by_order: dict[str, Sums] = defaultdict(Sums)
    by_symbol: dict[str, Sums] = defaultdict(Sums)
    fills: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        order_id = (venue_ids.get(row["client_id"]) or f"none of {row['client_id']}").lower()
        for sums in (by_order[order_id], by_symbol[row["symbol"]]):
            if row["kind"] == "trade":
                sums.quantity += row["quantity"]
                sums.cash += row["amount"]
            else:
                sums.fees -= row["amount"]
        if row["kind"] == "trade":
            fills[order_id].add(row["fill_id"])
    for what, ours, other in (("order", by_order, theirs.by_order), ("symbol", by_symbol, theirs.by_symbol)):
        for key in sorted({*ours, *other}):
            if ours.get(key, Sums()) != other.get(key, Sums()):
                yield (
                    f"{bot_id}: {what} {key}: the ledger has {ours.get(key, Sums())}; "
                    f"the venue {other.get(key, Sums())}"
                )
    for order_id, trades in theirs.trades.items():
        # A trade that met several makers is booked in parts, "<trade>/<maker's order>".
        if {fill.partition("/")[0] for fill in fills[order_id]} != trades:
            yield f"{bot_id}: order {order_id}: trades {sorted(trades)}, fills in the ledger {sorted(fills[order_id])}"
    yield from _holdings(books, theirs, bot_id)


def _holdings(books: Books, theirs: VenueSide, bot_id: str) -> Iterator[str]:
    """Check that positions equal the ledger's sums, and with the cash the venue's account."""
    kept = positions_of(books, bot_id)
    booked = _by_symbol(books, "SELECT symbol, sum(quantity) AS n FROM ledger_entries", bot_id)
    for symbol in sorted({*kept, *booked, *theirs.shares}):
        ours, sums = kept.get(symbol, ZERO), booked.get(symbol, ZERO)
        if ours != sums:
            yield f"{bot_id}: position of {symbol} is {ours}, its ledger entries sum to {sums}"
        if ours != theirs.shares.get(symbol, ZERO):
            yield f"{bot_id}: position of {symbol} is {ours}, the venue holds {theirs.shares.get(symbol, ZERO)}"
    cash = cash_of(books, bot_id)
    # An operator books a difference as finely as the venue shows balances.
    by_hand = books.one(
        "SELECT count(*) FROM ledger_entries WHERE bot_id = %s AND kind = 'adjustment' AND amount <> 0",
        (bot_id,),
    )
    if abs(cash - theirs.cash) > by_hand * SHOWN:
        yield f"{bot_id}: cash of {cash} in the ledger, {theirs.cash} at the venue (what was paid in left out)"


def positions_of(books: Books, bot_id: str) -> dict[str, Decimal]:
    """Units of a bot by symbol."""
    return _by_symbol(books, "SELECT symbol, sum(quantity) AS n FROM positions", bot_id)


def cash_of(books: Books, bot_id: str) -> Decimal:
    """Cash of a bot by the ledger, without its capital."""
    found: Decimal = books.one(
        "SELECT coalesce(sum(amount), 0) FROM ledger_entries "
        "WHERE bot_id = %s AND mode = 'sandbox' AND kind <> 'capital'",
        (bot_id,),
    )
    return found


def _by_symbol(books: Books, query: str, bot_id: str) -> dict[str, Decimal]:
    rows = books.rows(
        f"{query} WHERE bot_id = %s AND mode = 'sandbox' AND symbol <> '' GROUP BY symbol", bot_id
    )
    return {row["symbol"]: row["n"] for row in rows}


def unfinished(books: Books) -> list[str]:
    """Return intents with an unknown outcome, and runs without an end."""
    found = [
        f"intent {row['client_id']} of {row['bot_id']} is {row['status']} since {row['decided_at']}: {row['reason']}"
        for row in books.rows(
            "SELECT client_id, bot_id, status, decided_at, reason FROM intents WHERE status = ANY(%s)",
            list(UNSETTLED),
        )
    ]
    found += [
        f"run {row['id']} is running since {row['started_at']}"
        for row in books.rows("SELECT id, started_at FROM runs WHERE status = 'running'")
    ]
    return found


def forgotten(books: Books) -> list[str]:
    """Return runs and actions that the gateway has and history lacks."""
    found = [
        f"run {row['run_id']} has intents and is not in history"
        for row in books.rows(
            "SELECT DISTINCT run_id FROM intents WHERE run_id IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM runs WHERE runs.id = intents.run_id)"
        )
    ]
    found += [
        f"action {row['client_id']} is {row['status']}, history says {row['said']}"
        for row in books.rows(
            "SELECT i.client_id, i.status, a.status AS said FROM intents i LEFT JOIN actions a USING (client_id) "
            "WHERE a.status IS DISTINCT FROM i.status"
        )
    ]
    return found


def refusals(books: Books, since_ms: int, until_ms: int | None = None) -> int:
    """Count side effects tried in that time and refused: nodes by engine, actions by gateway."""
    counted: int = books.one(
        "SELECT (SELECT count(*) FROM node_executions WHERE reason LIKE 'side effects are refused%%' "
        "AND started_at BETWEEN to_timestamp(%(since)s) AND to_timestamp(%(until)s)) "
        "+ (SELECT count(*) FROM intents WHERE code LIKE 'emergency.%%' "
        "AND settled_at BETWEEN to_timestamp(%(since)s) AND to_timestamp(%(until)s))",
        {"since": since_ms / 1000, "until": 1e11 if until_ms is None else until_ms / 1000},
    )
    return counted


def held_locks(books: Books) -> list[str]:
    """Return sessions that wait for a lock or sleep inside a transaction.

    A second beat that waits to lead is left out.
    """
    return [
        f"session {row['pid']} is {row['state']} ({row['wait_event_type']}): {row['query'][:200]}"
        for row in books.rows(
            "SELECT pid, state, wait_event_type, query FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
            "((wait_event_type = 'Lock' AND query NOT LIKE 'SELECT pg_advisory_lock(%%') "
            "OR (state LIKE 'idle in transaction%%' AND state_change < now() - interval '5 s'))"
        )
    ]


def _told(order: dict[str, Any]) -> str:
    return f"{order['side']} {order['size']} at {order['price']} {order['type']}: {order['status']}, matched {order['matched']}"


def _ids(intents: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{i['client_id']} {i['status']}" for i in intents]
