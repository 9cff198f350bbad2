"""Place, cancel and look up orders at Polymarket, each at most once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.actions.executions import distinct
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money.money import ZERO
from argosy.core.ports import Documents
from argosy.core.venues import venue as core
from argosy.domains.trading.expiry import expiration
from argosy.domains.trading.venues.polymarket import orders
from argosy.domains.trading.venues.polymarket.client import PolymarketClient
from argosy.domains.trading.venues.polymarket.orders import OrderTerms
from argosy.domains.trading.venues.polymarket.outcome import (
    Execution,
    executions,
    fill_of,
    filled_of,
    outcome_of,
    own_fills,
    side_of,
    unfinished_result,
    working_result,
)
from argosy.domains.trading.venues.polymarket.parse import VENUE
from argosy.domains.trading.venues.polymarket.schemas import (
    ApiKeyReply,
    CancelReply,
    ClobOpenOrder,
    OrderReply,
    TradeReply,
    read,
)
from argosy.domains.trading.venues.polymarket.sent import SentOrder, SentOrders
from argosy.domains.trading.venues.polymarket.signing import (
    DEPOSIT_WALLET,
    EXCHANGE_V2,
    NEG_RISK_V2,
    ApiCredentials,
    OrderDomain,
    OrderSigner,
    SignedOrder,
    TradingAuth,
    WalletAuth,
    exchange_v3,
)
from argosy.domains.trading.venues.polymarket.terms import TermsBook
from argosy.errors import (
    ArgosyError,
    BadReply,
    OrderDenied,
    VenueError,
    VenueNotFound,
)
from argosy.infrastructure.resilience.deadline import Deadline
from argosy.venuekit.adapter.at_most_once import AtMostOnce, PreparedOrder
from argosy.venuekit.adapter.order_records import SentCancellation, rejection

_ANSWERS = frozenset({"live", "matched", "delayed", "unmatched"})
_LOOK_S = 3.0
"""Longest wait in seconds for the trades of a matched order.

A later look-up finds the trades listed after it.
"""
_PAUSES_S = (0.1, 0.4)
_CLOCKS_APART_S = 60
"""Usual bound between the venue's clock and ours."""
_WRONG_CLOCK_S = 2 * 86_400
"""Bound for a clock that is a day wrong. It keeps the list of a long history short."""


class PolymarketExecutor(AtMostOnce[SentOrder]):
    """Executor of orders and cancellations, which need a key."""

    refusals = (ArgosyError,)  # the client raises UnknownOutcome for every other error
    checks_deadline = True

    def __init__(
        self,
        client: PolymarketClient,
        signer: OrderSigner,
        terms: TermsBook,
        documents: Documents,
        clock: Clock,
        *,
        funder: str | None = None,
        signature_type: int = 0,
        credentials: ApiCredentials | None = None,
    ) -> None:
        self._sent = SentOrders(documents)
        super().__init__(VENUE, self._sent, clock)
        self._client = client
        self._signer = signer
        self._terms = terms
        self._funder = funder or signer.address
        self._signature_type = signature_type
        self._auth = None if credentials is None else TradingAuth(signer.address, credentials, clock)
        self._lock = threading.Lock()

    @property
    def wallet(self) -> str:
        return self._funder

    @property
    def collateral(self) -> dict[str, str]:
        """Filters of `balance` for the money of this wallet.

        The wallet's address may differ from the signer's.
        """
        return {"asset_type": "COLLATERAL", "signature_type": str(self._signature_type)}

    def auth(self) -> TradingAuth:
        """Return level-2 authentication.

        Without credentials in the settings, the first use derives them from the key. If there are none to derive, the
        venue creates new ones.
        """
        with self._lock:
            if self._auth is None:
                wallet = WalletAuth(self._signer, self._clock)
                try:
                    raw = self._client.derive_api_key(wallet)
                except (VenueNotFound, BadReply):
                    raw = self._client.create_api_key(wallet)
                except VenueError as error:
                    if error.details.get("status") != 400:
                        raise
                    raw = self._client.create_api_key(wallet)
                reply = read(ApiKeyReply, raw, "API credentials")
                credentials = ApiCredentials.of(reply.api_key, reply.secret, reply.passphrase)
                self._auth = TradingAuth(self._signer.address, credentials, self._clock)
            return self._auth

    # Placing ----------------------------------------------------------------------------------------------

    def prepare(self, action: Action) -> PreparedOrder[SentOrder]:
        order, signed, auth = self._signed(action)
        return PreparedOrder(order, (signed, auth))

    def send(self, action: Action, prepared: PreparedOrder[SentOrder], deadline: SendDeadline | None) -> Any:
        signed, auth = prepared.payload
        return self._client.post_order(orders.order_body(signed, action, auth.owner), auth, send_by=deadline)

    def note_duplicate(self, client_id: str) -> None:
        self._sent.change(client_id, acknowledged=True)

    def accept(self, action: Action, record: SentOrder, reply: Any) -> ActionResult:
        answer = read(OrderReply, reply, "answer to an order")
        matched = _matched(record, answer)
        self._sent.change(action.client_id, acknowledged=True, matched=matched)
        order = record.model_copy(update={"acknowledged": True, "matched": matched})
        if answer.status.lower() == "live" and matched is None:
            return working_result(action.client_id, order, [])
        return self._followed(action.client_id, order)

    def _signed(self, action: Action) -> tuple[SentOrder, SignedOrder, TradingAuth]:
        terms = self._terms.of(action.symbol)
        if not terms.accepting_orders:
            raise OrderDenied("the market takes no orders now", found=action.symbol)
        if terms.fees is None:
            raise OrderDenied("the market's fees are not known", expected="a fee schedule from the venue")
        now = self._clock.now()
        orders.validate(action, terms, now)
        auth = self.auth()
        unsigned = orders.build(
            action,
            maker=self._funder,
            # A deposit wallet is the signer itself; it knows whose key may sign for it.
            signer=self._funder if self._signature_type == DEPOSIT_WALLET else self._signer.address,
            signature_type=self._signature_type,
            now=now,
        )
        signed = self._signer.sign(unsigned, _domain(terms, self._signer.chain_id))
        assert action.side is not None and action.limit_price is not None  # `validate` has seen to it
        order = SentOrder(
            hash=signed.hash,
            symbol=action.symbol,
            side=action.side,
            quantity=action.quantity,
            price=action.limit_price,
            time_in_force=action.time_in_force,
            signed_at=to_ms(now),
            fees=terms.fees,
            market=terms.condition_id,
            expires_at=expiration(action),
        )
        return order, signed, auth

    def _followed(self, client_id: str, order: SentOrder) -> ActionResult:
        """Return the executions of a matched order that the venue lists within `_LOOK_S`."""
        deadline = Deadline(self._clock, _LOOK_S)
        found = unfinished_result(client_id, order, [])
        for pause_s in (*_PAUSES_S, 0):
            try:
                found = self._look(client_id, order, deadline) or found
            except ArgosyError:
                break  # the venue has the order: a later look-up reads the rest
            if found.status.final or (order.matched is not None and found.filled >= order.matched):
                break
            self._clock.sleep(deadline.cap(pause_s))
        return found

    # Finding again ----------------------------------------------------------------------------------------

    def find(self, client_id: str, record: SentOrder) -> ActionResult | None:
        """Read the venue's own order object and trades."""
        return self._look(client_id, record)

    def _look(
        self, client_id: str, order: SentOrder, deadline: Deadline | None = None
    ) -> ActionResult | None:
        listed = self._listed(order.hash, deadline)
        fills, failed = self._fills(client_id, order, listed, deadline)
        absent_since = order.absent_since
        if listed is not None:
            absent_since = None  # the order was missing for a moment only
        elif absent_since is None and (order.acknowledged or fills):
            absent_since = self._clock.now_ms()
        if absent_since != order.absent_since:
            order = order.model_copy(update={"absent_since": absent_since})
            self._sent.change(client_id, absent_since=absent_since)
        return outcome_of(client_id, order, listed, fills, failed, self._clock.now_ms())

    def _listed(self, order_hash: str, deadline: Deadline | None = None) -> ClobOpenOrder | None:
        try:
            raw = self._client.order(order_hash, self.auth(), deadline=deadline)
        except VenueNotFound:
            return None
        if raw is None or raw == {}:
            return None
        listed = read(ClobOpenOrder, raw, "order")
        if listed.id.lower() != order_hash.lower():
            raise BadReply("the venue sent another order", expected=order_hash, found=listed.id[:80])
        return listed

    def _fills(
        self, client_id: str, order: SentOrder, listed: ClobOpenOrder | None, deadline: Deadline | None = None
    ) -> tuple[list[Fill], Decimal]:
        """Return the order's executions, and the shares that were matched and never changed hands.

        Trades since the signature come first. If they have fewer shares than the venue counts, older trades are read
        too: the venue dates trades by its own clock, and either clock may have been wrong.
        """
        fills, failed = self._traded(client_id, order, order.signed_at // 1000 - _CLOCKS_APART_S, deadline)
        counted = order.quantity if listed is None else listed.size_matched
        if listed is None and order.immediate and order.matched is not None:
            counted = order.matched
        if filled_of(fills) + failed < counted:
            fills, failed = self._traded(client_id, order, order.signed_at // 1000 - _WRONG_CLOCK_S, deadline)
        return fills, failed

    def _traded(
        self, client_id: str, order: SentOrder, after_s: int, deadline: Deadline | None
    ) -> tuple[list[Fill], Decimal]:
        """Read the trades of the order's market.

        The filter `asset_id` is not used. A trade carries the token of its taker. So the filter would hide trades in
        which a taker of the other outcome met this order.
        """
        filters = {"after": str(after_s)}
        if order.market:
            filters["market"] = order.market
        rows = self._client.trades(filters, self.auth(), deadline=deadline)
        return own_fills(
            client_id, order, (read(TradeReply, row, "trade") for row in rows), self._clock.now()
        )

    def fills(self, since: datetime) -> list[Fill]:
        """Return all executions of this wallet from the second of `since` on, oldest first."""
        orders: dict[str, list[Fill]] = {}
        after = to_ms(since) // 1000 - 1  # the venue lists what is later than this second
        for row in self._client.trades({"after": str(after)}, self.auth()):
            trade = read(TradeReply, row, "trade")
            wallets = {part.order_id.lower(): part.maker_address.lower() for part in trade.maker_orders}
            for execution in executions(trade, self._clock.now()):
                fill = None if execution.failed else self._own(execution, trade, wallets)
                if fill is not None:
                    orders.setdefault(execution.order_hash, []).append(fill)
        found = [fill for fills in orders.values() for fill in distinct(fills)]
        return sorted(found, key=lambda fill: (fill.at, fill.id))

    def _own(self, execution: Execution, trade: TradeReply, wallets: dict[str, str]) -> Fill | None:
        client_id = self._sent.client_id_of(execution.order_hash)
        order = None if client_id is None else self._sent.order(client_id)
        if client_id is not None and order is not None:
            return fill_of(execution, client_id, order)
        ours = (
            trade.trader_side.upper() == "TAKER"
            if execution.taker
            else wallets.get(execution.order_hash) == self._funder.lower()
        )
        if not ours:
            return None
        fees = self._terms.of(execution.symbol).fees
        if fees is None:
            raise BadReply("the fees of an execution are not known", found=execution.id)
        stranger = SentOrder(
            hash=execution.order_hash,
            symbol=execution.symbol,
            side=side_of(execution.side),
            quantity=execution.quantity,
            price=execution.price,
            time_in_force="GTC",
            signed_at=to_ms(execution.at),
            fees=fees,
        )
        return fill_of(execution, "", stranger)

    def open_orders(self) -> list[core.OpenOrder]:
        found = [read(ClobOpenOrder, row, "order") for row in self._client.orders({}, self.auth())]
        return [
            core.OpenOrder(
                venue=VENUE,
                venue_id=order.id,
                client_id=self._sent.client_id_of(order.id),
                symbol=order.asset_id,
                side=side_of(order.side),
                quantity=order.original_size,
                filled=order.size_matched,
                price=order.price,
                at=None if order.created_at is None else from_ms(order.created_at * 1000),
            )
            for order in found
        ]

    # Cancelling -------------------------------------------------------------------------------------------

    def target(
        self, action: Action, client_id: str, order: SentOrder | None
    ) -> tuple[SentOrder | None, str | None]:
        """Return the order named by "clientId" (of our order) or "venueId" (the order hash)."""
        order_id = order.hash if order else action.parameters.get("venueId")
        if not order_id:
            raise OrderDenied(
                "nothing to cancel", expected='parameters "clientId" of an order of ours, or "venueId"'
            )
        self.auth()  # read before the record is made
        return order, order_id

    def cancel(
        self,
        action: Action,
        cancellation: SentCancellation,
        order: SentOrder | None,
        deadline: SendDeadline | None,
    ) -> Any:
        return self._client.cancel_order(str(cancellation.venue_id), self.auth(), send_by=deadline)

    def confirm(self, action: Action, cancellation: SentCancellation, reply: Any) -> ActionResult:
        order_id = str(cancellation.venue_id)
        answer = read(CancelReply, reply, "answer to a cancellation")
        if any(done.lower() == order_id.lower() for done in answer.canceled):
            return super().confirm(action, cancellation, reply)
        refused = {name.lower(): reason for name, reason in answer.not_canceled.items()}
        if order_id.lower() not in refused:
            raise BadReply("the answer to a cancellation does not name the order", expected=order_id)
        reason = f"not cancelled: {refused[order_id.lower()]}"
        return rejection(action.client_id, reason, venue_id=order_id)

    def has_ended(self, cancellation: SentCancellation) -> bool:
        order_id = str(cancellation.venue_id)
        return not any(str(row.get("id", "")).lower() == order_id.lower() for row in self._working(order_id))

    def _working(self, order_id: str) -> Sequence[dict[str, Any]]:
        return list(self._client.orders({"id": order_id}, self.auth()))

    def is_window_closed(self, action: Action) -> bool:
        """Return True if the order's expiry has passed by the venue's own clock."""
        order = self._sent.order(action.client_id)
        return order is not None and bool(order.expires_at) and self._client.time() > order.expires_at


def _matched(order: SentOrder, reply: OrderReply) -> Decimal | None:
    """Return the shares that matched at once by the venue's answer; None if there are none.

    Raises BadReply for an answer about another order, of an unknown status, or with impossible amounts.
    """
    if reply.order_id.lower() != order.hash.lower():
        raise BadReply(
            "the venue names another order than was sent", expected=order.hash, found=reply.order_id[:80]
        )
    if reply.status.lower() not in _ANSWERS:
        raise BadReply(
            "the order's status is not known", expected=", ".join(sorted(_ANSWERS)), found=reply.status[:80]
        )
    making, taking = reply.making_amount or ZERO, reply.taking_amount or ZERO
    shares, money = (taking, making) if order.side == "buy" else (making, taking)
    if reply.status.lower() == "matched" and not (shares and money):
        raise BadReply("a matched order without amounts", found=f"{making} for {taking}")
    if order.is_exceeded(shares, money) or (shares and not 0 < money < shares):
        raise BadReply("the fill is not possible", found=f"{shares} shares for {money} USD")
    return shares or None


def _domain(terms: OrderTerms, chain_id: int) -> OrderDomain:
    if terms.version.lower() == "v1":
        return NEG_RISK_V2 if terms.negative_risk else EXCHANGE_V2
    if terms.version.lower() == "v2" and not terms.negative_risk:
        return exchange_v3(chain_id)
    raise OrderDenied(
        "the market's position version is not one Argosy can sign for",
        expected="v1, or v2 without negative risk",
        found=terms.version,
    )
