"""The proof can fail: ledger and venue are compared to the last digit."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.proof import CASH, Books, differences
from chaos.venue import account_of

BOT = "chaos-1"
ORDER = "0xa"


class Record:
    """Venue whose only account has bought 5 shares for 2.5 and paid a fee of 0.01."""

    def __init__(self, *, shares: str = "5", cash: str = "-2.51", orders: int = 1) -> None:
        ids = [ORDER, "0xb"][:orders]
        self._record = {
            "orders": [
                {"id": each, "symbol": "up", "side": "buy", "price": "0.5", "size": "5", "matched": "5",
                 "type": "FOK", "status": "MATCHED", "at": 0}
                for each in ids
            ],
            "executions": [
                {"id": f"trade of {each}", "order": each, "symbol": "up", "side": "buy", "size": "5", "price": "0.5",
                 "fee": "0.01"}
                for each in ids
            ],
            "moves": [
                {"asset": CASH, "amount": "1000", "why": "deposit"},
                {"asset": CASH, "amount": cash, "why": "trade"},
            ],
            "holdings": {CASH: "997.49", "up": shares},
        }  # fmt: skip

    def record(self, account: str) -> dict[str, Any]:
        assert account == account_of(BOT)
        return {"polymarket": self._record}


@pytest.fixture
def books(database_url: str) -> Books:
    """Books with the trade of that account."""
    found = Books(database_url)
    found.write(
        "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, status, "
        "delta, reserved, reducing, filled, venue_id, decided_at) VALUES ('one', 'sandbox', 'trading', %s, 's', "
        "'polymarket', 'place_order', 'up', '{}', 'filled', 5, 0, false, 5, '0xA', now())",
        BOT,
    )
    for kind, quantity, amount in (("capital", 0, "1000"), ("trade", 5, "-2.5"), ("fee", 0, "-0.01")):
        found.write(
            "INSERT INTO ledger_entries (at, mode, domain, bot_id, strategy_id, venue, kind, symbol, quantity, price, "
            "currency, amount, rate, rate_source, base_currency, base_amount, client_id, fill_id, memo) VALUES "
            "(now(), 'sandbox', 'trading', %s, 's', 'polymarket', %s, %s, %s, NULL, 'USDC', %s, 1, 'x', 'USDC', %s, "
            "%s, %s, '')",
            BOT, kind, "" if kind == "capital" else "up", quantity, amount, amount,
            "" if kind == "capital" else "one", f"trade of {ORDER}",
        )  # fmt: skip
    found.write(
        "INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised, fees, "
        "entry_id) VALUES ('sandbox', %s, 's', 'polymarket', 'up', 'trading', 5, 2.51, 0, 0.01, 1)",
        BOT,
    )
    return found


def found(books: Books, venue: Record, *forgotten: str) -> list[str]:
    return [str(each) for each in differences(books, venue, [BOT], forgotten)]  # type: ignore[arg-type]


@pytest.mark.integration
def test_a_ledger_that_is_the_venues_has_no_difference(books: Books) -> None:
    assert found(books, Record()) == []


@pytest.mark.integration
def test_shares_and_cash_beside_what_was_traded_are_differences(books: Books) -> None:
    (shares,) = found(books, Record(shares="5.000001"))
    assert "position of up is 5" in shares
    assert "the venue holds 5.000001" in shares
    (cash,) = found(books, Record(cash="-2.500001"))
    assert "-2.500001 at the venue" in cash


@pytest.mark.integration
def test_an_order_that_a_restore_forgot_counts_in_what_is_held_alone(books: Books) -> None:
    twice = Record(shares="10", cash="-5.02", orders=2)
    assert any("order 0xb" in text for text in found(books, twice))
    shares, cash = found(books, twice, "0xb")
    assert "the venue holds 10" in shares
    assert "-5.02 at the venue" in cash
