"""Polymarket over HTTP: paths, rate limits and error replies.

Replies are returned as raw JSON; `parse` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from argosy.core.actions.send_deadline import SendDeadline
from argosy.domains.trading.venues.polymarket.schemas import PageReply, read
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    DuplicateOrder,
    InsufficientFunds,
    OrderRejected,
    VenueError,
    VenueNotFound,
)
from argosy.infrastructure.resilience.deadline import Deadline
from argosy.infrastructure.resilience.http import Auth, HttpClient, Reply
from argosy.infrastructure.resilience.http.reply import unknown
from argosy.infrastructure.resilience.limits import Charge, Limit

_NEVER_CARRIED_OUT = frozenset({401, 403, 404, 405, 411, 413, 414, 415, 418, 425, 429, 431})
"""HTTP statuses that prove by themselves that the venue did not carry out the request."""
FIRST_CURSOR, LAST_CURSOR = "MA==", "LTE="
MAX_BOOKS = 500
_MOST_PAGES = 200
_POSITIONS = 500

# Documented limits per IP and 10 s (2026-10), less a fifth for the edges of the venue's own windows.
_GAMMA = Limit("polymarket.gamma", 3200, 10)
_EVENTS = Limit("polymarket.gamma.events", 400, 10)
_MARKETS = Limit("polymarket.gamma.markets", 240, 10)
_CLOB = Limit("polymarket.clob", 7200, 10)
_BOOK = Limit("polymarket.clob.book", 1200, 10)
_BOOKS = Limit("polymarket.clob.books", 400, 10)
_PRICE = Limit("polymarket.clob.price", 1200, 10)
_ORDER = Limit("polymarket.clob.order", 32, 1)
_DATA = Limit("polymarket.data", 160, 10)


class PolymarketClient:
    """Client of Polymarket's three services: `gamma`, `clob` and `data`.

    The client `clob` needs `inspect=inspect_clob`. Every method raises the errors of HttpClient. `deadline` bounds a
    read with all its retries.
    """

    def __init__(self, gamma: HttpClient, clob: HttpClient, data: HttpClient) -> None:
        self._gamma = gamma
        self._clob = clob
        self._data = data

    # Gamma ------------------------------------------------------------------------------------------------

    def event_by_slug(self, slug: str, *, deadline: Deadline | None = None) -> Any:
        return self._gamma.get(
            f"/events/slug/{_segment(slug)}", charges=_charges(_GAMMA, _EVENTS), deadline=deadline
        )

    def market_by_slug(self, slug: str, *, deadline: Deadline | None = None) -> Any:
        return self._gamma.get(
            f"/markets/slug/{_segment(slug)}", charges=_charges(_GAMMA, _MARKETS), deadline=deadline
        )

    def events(self, filters: Mapping[str, str], *, pages: int = 10) -> Iterator[dict[str, Any]]:
        """Yield events by keyset paging, at most `pages` pages of up to 100."""
        yield from self._keyset("/events/keyset", "events", filters, _EVENTS, pages)

    def markets(self, filters: Mapping[str, str], *, pages: int = 10) -> Iterator[dict[str, Any]]:
        """Yield markets by keyset paging, at most `pages` pages of up to 100."""
        yield from self._keyset("/markets/keyset", "markets", filters, _MARKETS, pages)

    def _keyset(
        self, path: str, field: str, filters: Mapping[str, str], limit: Limit, pages: int
    ) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(pages):
            params = {"limit": "100", **filters, **({"after_cursor": cursor} if cursor else {})}
            page = self._gamma.get(path, params=params, charges=_charges(_GAMMA, limit))
            rows = page.get(field) if isinstance(page, dict) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise BadReply(f"Polymarket's {path} cannot be read", expected=f'{{"{field}": [objects]}}')
            yield from rows
            following = page.get("next_cursor")
            if not isinstance(following, str) or not following or following == cursor:
                return
            cursor = following

    # CLOB, public -----------------------------------------------------------------------------------------

    def book(self, token_id: str, *, deadline: Deadline | None = None) -> Any:
        return self._clob.get(
            "/book", params={"token_id": token_id}, charges=_charges(_CLOB, _BOOK), deadline=deadline
        )

    def books(self, token_ids: Sequence[str], *, deadline: Deadline | None = None) -> Any:
        """Return up to 500 books in one request, in the venue's order, none for unknown tokens."""
        return self._clob.request(
            "POST",
            "/books",
            json=[{"token_id": token} for token in token_ids],
            charges=_charges(_CLOB, _BOOKS),
            deadline=deadline,
        )

    def price(self, token_id: str, side: str) -> Any:
        """Return the best bid for `side` BUY, the best ask for SELL.

        `side` is the side of the book, not the taker's.
        """
        return self._clob.get(
            "/price", params={"token_id": token_id, "side": side}, charges=_charges(_CLOB, _PRICE)
        )

    def tick_size(self, token_id: str) -> Any:
        return self._clob.get("/tick-size", params={"token_id": token_id}, charges=_charges(_CLOB))

    def market_of_token(self, token_id: str) -> Any:
        return self._clob.get(f"/markets-by-token/{_segment(token_id)}", charges=_charges(_CLOB))

    def clob_market(self, condition_id: str) -> Any:
        return self._clob.get(f"/clob-markets/{_segment(condition_id)}", charges=_charges(_CLOB))

    def time(self) -> int:
        """Return the time of the venue's clock in Unix seconds."""
        seconds = self._clob.get("/time", charges=_charges(_CLOB))
        if isinstance(seconds, bool) or not isinstance(seconds, int | str) or not str(seconds).isdigit():
            raise BadReply("Polymarket's time cannot be read", expected="Unix seconds")
        return int(seconds)

    # CLOB, credentials and trading ------------------------------------------------------------------------

    def create_api_key(self, auth: Auth) -> Any:
        """Create API credentials with level-1 authentication.

        The venue answers 400 if there are some already.
        """
        return self._clob.request("POST", "/auth/api-key", kind="read", auth=auth, charges=_charges(_CLOB))

    def derive_api_key(self, auth: Auth) -> Any:
        return self._clob.get("/auth/derive-api-key", auth=auth, charges=_charges(_CLOB))

    def post_order(self, body: Mapping[str, Any], auth: Auth, *, send_by: SendDeadline | None = None) -> Any:
        return self._clob.request(
            "POST",
            "/order",
            kind="write",
            json=body,
            auth=auth,
            charges=_charges(_CLOB, _ORDER),
            send_by=send_by,
        )

    def cancel_order(self, order_id: str, auth: Auth, *, send_by: SendDeadline | None = None) -> Any:
        return self._clob.request(
            "DELETE",
            "/order",
            kind="write",
            json={"orderID": order_id},
            auth=auth,
            charges=_charges(_CLOB, _ORDER),
            send_by=send_by,
        )

    def cancel_orders(self, order_ids: Sequence[str], auth: Auth) -> Any:
        """Cancel up to 1000 orders in one request."""
        return self._clob.request(
            "DELETE",
            "/orders",
            kind="write",
            json=list(order_ids),
            auth=auth,
            charges=_charges(_CLOB, _ORDER),
        )

    def cancel_all(self, auth: Auth) -> Any:
        """Cancel every open order of the account."""
        return self._clob.request(
            "DELETE", "/cancel-all", kind="write", auth=auth, charges=_charges(_CLOB, _ORDER)
        )

    def order(self, order_id: str, auth: Auth, *, deadline: Deadline | None = None) -> Any:
        return self._clob.get(
            f"/data/order/{_segment(order_id)}", auth=auth, charges=_charges(_CLOB), deadline=deadline
        )

    def orders(self, filters: Mapping[str, str], auth: Auth) -> Iterator[dict[str, Any]]:
        """Yield open orders. Filters: market, asset_id, id."""
        yield from self._pages("/data/orders", filters, auth)

    def trades(
        self, filters: Mapping[str, str], auth: Auth, *, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield own trades, as taker and as maker.

        Filters: market, asset_id, before, after (Unix seconds). `asset_id` is the taker's token. So this filter hides
        trades in which a taker of the other outcome met an own order.
        """
        yield from self._pages("/data/trades", filters, auth, deadline)

    def balance(self, filters: Mapping[str, str], auth: Auth) -> Any:
        """Return the balance in base units of 6 decimals.

        Filters: `asset_type` COLLATERAL, or CONDITIONAL with `token_id`.
        """
        return self._clob.get("/balance-allowance", params=filters, auth=auth, charges=_charges(_CLOB))

    def positions(self, wallet: str) -> Iterator[Any]:
        """Yield all holdings of a wallet from the public Data API.

        Raises BadReply for an endless list.
        """
        for page in range(_MOST_PAGES):
            params = {
                "user": wallet,
                "limit": str(_POSITIONS),
                "offset": str(page * _POSITIONS),
                "sizeThreshold": "0",  # holdings of less than one share are left out otherwise
            }
            rows = self._data.get("/positions", params=params, charges=_charges(_DATA))
            if not isinstance(rows, list):
                raise BadReply("Polymarket's positions cannot be read", expected="a list")
            yield from rows
            if len(rows) < _POSITIONS:
                return
        raise BadReply("Polymarket's positions do not end", found=f"{_MOST_PAGES} pages")

    def _pages(
        self, path: str, filters: Mapping[str, str], auth: Auth, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield every row. Raises BadReply for an endless list: a part must not pass for the whole."""
        cursor, seen = FIRST_CURSOR, set[str]()
        while cursor not in seen and len(seen) < _MOST_PAGES:
            seen.add(cursor)
            raw = self._clob.get(
                path,
                params={**filters, "next_cursor": cursor},
                auth=auth,
                charges=_charges(_CLOB),
                deadline=deadline,
            )
            page = read(PageReply, raw, path)
            yield from page.data
            if not page.next_cursor or page.next_cursor == LAST_CURSOR:
                return
            cursor = page.next_cursor
        raise BadReply(f"Polymarket's {path} does not end", found=f"{len(seen)} pages")


def inspect_clob(reply: Reply) -> ArgosyError | None:
    """Return the error of a CLOB reply; None if there is no error of the CLOB's own.

    Such errors come in bodies with status 200, 400 or 422. A market closed to new orders answers 503.
    A write answered by 4xx without a text has an unknown outcome. `_NEVER_CARRIED_OUT` lists the exceptions.
    """
    fields = reply.fields
    text = str(fields.get("errorMsg") or fields.get("error") or "")
    refused = reply.ok and (fields.get("success") is False or bool(text))
    if reply.kind == "write":
        closed = reply.status == 503 and (fields.get("code") == "post_only_mode" or "cancel-only" in text)
        if refused or closed or (text and reply.status in {400, 422}):
            return _order_error(text or reply.text, reply.status)
        if 400 <= reply.status < 500 and not text and reply.status not in _NEVER_CARRIED_OUT:
            # Not the venue's own answer: a proxy may have failed after the request went through.
            return unknown(
                f"{reply.service} answered {reply.status} to {reply.method} {reply.path} without saying why",
                found=reply.text or "an empty body",
                status=reply.status,
            )
        return None
    if reply.status == 400 and "token id" in text.lower():
        return VenueNotFound(f"Polymarket does not know the token of {reply.path}", found=text[:200])
    if refused:
        return VenueError(
            f"Polymarket refused {reply.method} {reply.path}", found=text[:200] or "success: false"
        )
    return None


def _order_error(text: str, status: int) -> VenueError:
    lower = text.lower()
    kind: type[VenueError] = OrderRejected
    if "not enough balance" in lower:
        kind = InsufficientFunds
    elif "duplicate" in lower:
        kind = DuplicateOrder
    elif "unauthorized" in lower or "invalid api key" in lower:
        kind = AuthFailed
    remedy = None
    if "deposit wallet flow" in lower:
        remedy = "set trading.polymarket.signature_type = 3 and funder to the account's deposit wallet"
    return kind(
        "Polymarket refused the order",
        found=text[:200] or f"status {status}",
        remedy=remedy,
        status=status,
    )


def _charges(*limits: Limit) -> tuple[Charge, ...]:
    return tuple(Charge(limit) for limit in limits)


def _segment(text: str) -> str:
    return quote(text, safe="")
