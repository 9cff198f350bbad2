"""Whose prices are followed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.ledger import entry
from support.risk import D, limit

from argosy.core.clock import DrivenClock
from argosy.core.money.ledger import EntryKind
from argosy.core.risk import ConstraintKind
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import ledger, watched_assets
from argosy.infrastructure.storage.safety import health_signals, limits

from .conftest import NOW
from .test_kinds import ANN

pytestmark = pytest.mark.integration


def asked(database: Database, symbol: str, status: str, minutes_ago: int, bot: str = "b1") -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta, "
            "reducing, reserved, status, decided_at) VALUES (%s, 'paper', 'trading', %s, 'up', 'kraken', 'place_order', "
            "%s, '{}', 1, false, 0, %s, %s)",
            (
                f"{bot}{symbol}{status}{minutes_ago}",
                bot,
                symbol,
                status,
                NOW - timedelta(minutes=minutes_ago),
            ),
        )


def restless(database: Database, scope: str) -> None:
    rule = limit(ConstraintKind.VOLATILITY, D(1), scope, id="restless")
    database.run(limits.save(rule, ANN, at=NOW))


def test_what_is_held_and_what_a_limit_of_volatility_must_know(
    database: Database, clock: DrivenClock
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised, fees, "
            "entry_id) VALUES ('paper', 'b1', 'up', 'kraken', 'HELD', 'trading', 1, 1, 0, 0, 1), "
            "('paper', 'b1', 'up', 'kraken', 'FLAT', 'trading', 0, 0, 0, 0, 1), "
            "('live', 'b1', 'up', 'kraken', 'LIVE', 'trading', 1, 1, 0, 0, 1)"
        )
    asked(database, "DENIED", "denied", 1)
    asked(database, "DENIED", "denied", 2)
    asked(database, "BOUGHT", "filled", 359)
    asked(database, "LONG AGO", "denied", 360)
    asked(database, "LONG AGO", "denied", 361)
    asked(database, "OTHER", "denied", 1, bot="b2")

    def found() -> list[str]:
        return [symbol for _, symbol in database.run(watched_assets.assets("b1", "paper", clock.now()))]

    assert found() == ["HELD"]
    restless(database, "bot:b1")
    assert found() == ["BOUGHT", "DENIED", "HELD"]
    restless(database, "asset:kraken/DENIED")
    assert found() == ["DENIED", "HELD"]
    restless(database, "strategy:b1/down")
    assert found() == ["HELD"]
    assert database.run(watched_assets.assets("b2", "paper", clock.now())) == []


def test_what_never_had_a_price_is_as_old_as_it_is_held(database: Database, clock: DrivenClock) -> None:
    """By the purchase that began what is held now; what was bought longer ago than any price may be old counts so."""
    now = clock.now()

    def book(symbol: str, quantity: str, age_h: float, strategy: str = "up") -> None:
        at = now - timedelta(hours=age_h)
        made = entry(EntryKind.TRADE, str(-int(quantity)), at=at, bot_id="b1", strategy_id=strategy, symbol=symbol,
                     quantity=D(quantity), price=D(1), client_id=f"{symbol}{age_h}")  # fmt: skip
        database.run(ledger.book([made]))

    for symbol, quantity, age_h in (
        ("AGAIN", "2", 9), ("AGAIN", "-2", 8), ("AGAIN", "1", 3), ("AGAIN", "1", 2), ("LONG", "1", 30), ("LONG", "1", 1),
        ("SOLD", "1", 5), ("SOLD", "-1", 4), ("TWO", "1", 1),
    ):  # fmt: skip
        book(symbol, quantity, age_h)
    book("TWO", "1", 6, strategy="down")
    found = {price.symbol: price for price in database.run(health_signals.read(now, window_s=60)).prices}
    assert {symbol: (now - price.at) / timedelta(hours=1) for symbol, price in found.items()} == {
        "AGAIN": 3, "LONG": 24, "TWO": 6,
    }  # fmt: skip
    assert not any(price.known for price in found.values())


def test_the_price_of_what_is_left_in_another_mode_is_nobodys_stale_data(
    database: Database, clock: DrivenClock
) -> None:
    """Nobody follows it any more: the bot would be halted for good."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised, fees, "
            "entry_id) VALUES ('paper', 'b1', 'up', 'v', 'A', 'trading', 1, 1, 0, 0, 1), "
            "('live', 'b1', 'up', 'v', 'B', 'trading', 1, 1, 0, 0, 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) "
            "VALUES ('paper', 'v', 'A', 1, 'USD', 1, now()), ('live', 'v', 'A', 1, 'USD', 1, now()), "
            "('live', 'v', 'B', 1, 'USD', 1, now())"
        )

    def followed() -> list[str]:
        return [price.symbol for price in database.run(health_signals.read(clock.now(), window_s=60)).prices]

    assert followed() == ["A"]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE bots SET mode = 'live'")
    assert followed() == ["B"]
