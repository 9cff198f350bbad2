"""Client of the sandbox's control API: the venue's own record and its faults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
from eth_account import Account

FAULTS: Sequence[Mapping[str, Any]] = (
    {"endpoint": "POST /polymarket/clob/order", "kind": "drop_after", "probability": 0.03},
    {"endpoint": "POST /polymarket/clob/order", "kind": "drop_before", "probability": 0.02},
    {"endpoint": "POST /polymarket/clob/order", "kind": "garbage", "probability": 0.01},
    {"endpoint": "POST /polymarket/clob/order", "kind": "status", "status": 500, "probability": 0.01},
    {"endpoint": "POST /polymarket/clob/order", "kind": "status", "status": 429, "probability": 0.02},
    {"endpoint": "POST /polymarket/clob/order", "kind": "duplicate", "probability": 0.01},
    {"endpoint": "POST /polymarket/clob/order", "kind": "reject", "probability": 0.04},
    {"endpoint": "POST /polymarket/clob/order", "kind": "partial_fill", "probability": 0.06, "share": 0.4},
    {"endpoint": "* /polymarket/*", "kind": "latency", "probability": 0.05, "latencyMs": 400},
    {"endpoint": "GET /polymarket/clob/data/*", "kind": "status", "status": 500, "probability": 0.03},
    {"endpoint": "GET /polymarket/clob/data/*", "kind": "garbage", "probability": 0.02},
)
"""Faults while processes are killed; about one order in five meets one."""


def account_of(bot_id: str) -> str:
    """Return the address from which a bot in sandbox mode trades."""
    key = hashlib.sha256(f"argosy sandbox {bot_id}".encode()).hexdigest()
    address: str = Account.from_key(f"0x{key}").address
    return address.lower()


class Venue:
    """One sandbox server.

    Answers are as the venue gives them: amounts are text or exact decimals.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # Connections are not kept: the server may be killed, frozen or replaced before the next call.
        self._http = httpx.Client(
            base_url=f"{url}/sandbox",
            timeout=15,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def _pages(self, path: str, account: str | None) -> Iterator[dict[str, Any]]:
        params = {} if account is None else {"account": account}
        cursor: str | None = "0"
        while cursor is not None:
            answer = self._http.get(path, params={**params, "cursor": cursor})
            answer.raise_for_status()
            page: dict[str, Any] = answer.json()
            yield page
            cursor = page["next"]

    def _items(self, path: str, account: str | None = None) -> list[dict[str, Any]]:
        return [item for page in self._pages(path, account) for item in page["items"]]

    def orders(self, account: str | None = None) -> list[dict[str, Any]]:
        return self._items("/orders", account)

    def fills(self, account: str | None = None) -> list[dict[str, Any]]:
        return self._items("/fills", account)

    def record(self, account: str) -> dict[str, Any]:
        """Return orders, trades, cash movements and holdings of one account."""
        found: dict[str, Any] = {}
        for page in self._pages("/record", account):
            found = _joined(found, page)
        return found

    def state(self) -> dict[str, Any]:
        answer = self._http.get("/state")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def now_ms(self) -> int:
        return int(self._http.get("/clock").json()["now"])

    def disturb(self, faults: Sequence[Mapping[str, Any]] = FAULTS) -> None:
        """Replace all faults by these."""
        self.calm()
        for fault in faults:
            self._http.post("/faults", json=fault).raise_for_status()

    def calm(self) -> None:
        self._http.delete("/faults").raise_for_status()


def _joined(before: Mapping[str, Any], page: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the rows of its next page; other values are the newer page's."""
    found = dict(page)
    for venue in ("polymarket", "binance"):
        rows = before.get(venue, {})
        found[venue] = {
            name: [*rows.get(name, ()), *value] if isinstance(value, list) else value
            for name, value in page[venue].items()
        }
    return found


@cache
def venue_at(url: str) -> Venue:
    """Return the client of an address; it is kept because it is expensive to make."""
    return Venue(url)


def decimal(value: object) -> Decimal:
    return Decimal(str(value))
