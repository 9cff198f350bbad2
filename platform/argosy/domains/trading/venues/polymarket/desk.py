"""Placing, cancelling and finding again orders at Polymarket, each at most once."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

from argosy.core.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.ports import Documents
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.venues.polymarket import orders
from argosy.domains.trading.venues.polymarket.client import PolymarketClient
from argosy.domains.trading.venues.polymarket.orders import OrderTerms
from argosy.domains.trading.venues.polymarket.schemas import (
    ApiKeyReply,
    CancelReply,
    OpenOrder,
    OrderReply,
    TradeReply,
    read,
)
from argosy.domains.trading.venues.polymarket.signing import (
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_V2,
    ApiCredentials,
    OrderDomain,
    OrderSigner,
    TradingAuth,
    WalletAuth,
)
from argosy.domains.trading.venues.polymarket.terms import TermsBook
from argosy.errors import (
    ArgosyError,
    BadReply,
    Conflict,
    DuplicateOrder,
    OrderDenied,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
)

NAMESPACE = "polymarket.orders"
VENUE = "polymarket"
_DEAD_TRADES = frozenset({"FAILED", "TRADE_STATUS_FAILED"})


class OrderDesk:
    """The write side. What is about to be sent is stored under the client id first; a second call with the same
    client id sends nothing and reports what became of the first.
    """

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
        self._client = client
        self._signer = signer
        self._terms = terms
        self._documents = documents
        self._clock = clock
        self._funder = funder or signer.address
        self._signature_type = signature_type
        self._auth = None if credentials is None else TradingAuth(signer.address, credentials, clock)
        self._lock = threading.Lock()

    @property
    def wallet(self) -> str:
        return self._funder

    def auth(self) -> TradingAuth:
        """Level-2 authentication; credentials are derived from the key on first use when none were given."""
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

    def place(self, action: Action) -> ActionResult:
        """Raises OrderDenied before anything is sent, UnknownOutcome when the fate is not known."""
        if self._record(action.client_id) is not None:
            return self._repeated(action.client_id)
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
            signer=self._signer.address,
            signature_type=self._signature_type,
            now=now,
        )
        signed = self._signer.sign(unsigned, _domain(terms))
        record = {
            "hash": signed.hash,
            "symbol": action.symbol,
            "side": action.side,
            "quantity": str(action.quantity),
            "price": str(action.limit_price),
            "timeInForce": action.time_in_force,
            "signedAt": to_ms(now),
            "result": None,
        }
        try:
            self._documents.put(NAMESPACE, action.client_id, record, expected=0)
        except Conflict:
            return self._repeated(action.client_id)
        try:
            raw = self._client.post_order(orders.order_body(signed, action, auth.owner), auth)
        except UnknownOutcome:
            raise
        except DuplicateOrder:
            return self._repeated(action.client_id)
        except ArgosyError as error:
            # Anything else was either refused by the venue or by us before a byte was sent.
            return self._settle(action.client_id, _rejected(action.client_id, signed.hash, str(error)))
        try:
            reply = read(OrderReply, raw, "answer to an order")
            result = self._placed(action, reply, signed.hash, terms.fees)
        except BadReply as error:
            raise UnknownOutcome(
                "Polymarket took the order but its answer cannot be read",
                found=error.found,
                remedy="look up what became of it",
            ) from error
        return self._settle(action.client_id, result)

    def _placed(self, action: Action, reply: OrderReply, order_id: str, fees: FeeSchedule) -> ActionResult:
        if reply.order_id and reply.order_id.lower() != order_id.lower():
            raise BadReply(
                "the venue names another order than was sent", expected=order_id, found=reply.order_id[:80]
            )
        status = reply.status.lower()
        known = {"live", "matched", "delayed", "unmatched"}
        if status not in known:
            raise BadReply(
                "the order's status is not known", expected=", ".join(sorted(known)), found=reply.status[:80]
            )
        making, taking = reply.making_amount, reply.taking_amount
        if status == "matched" and not (making and taking):
            raise BadReply("a matched order without amounts", found=f"{making} for {taking}")
        if status == "delayed":
            return ActionResult(client_id=action.client_id, status=ActionStatus.SUBMITTED, venue_id=order_id)
        filled, money = Decimal(0), Decimal(0)
        if making and taking:
            filled, money = (taking, making) if action.side == "buy" else (making, taking)
        if filled > action.quantity or (filled and not 0 < money < filled):
            raise BadReply("the fill is not possible", found=f"{filled} shares for {money} USD")
        fills = []
        if filled:
            price = money / filled
            fills = [self._fill(action, filled, price, fees.fee(filled, price))]
        return _outcome(action.client_id, order_id, action.quantity, fills, live=not orders.immediate(action))

    def _fill(self, action: Action, quantity: Decimal, price: Decimal, fee: Decimal) -> Fill:
        return Fill(
            client_id=action.client_id,
            venue=VENUE,
            symbol=action.symbol,
            side="buy" if action.side == "buy" else "sell",
            quantity=quantity,
            price=price,
            fee=fee,
            at=self._clock.now(),
        )

    # Finding again ----------------------------------------------------------------------------------------

    def lookup(self, client_id: str) -> ActionResult | None:
        """From what was stored, else from the venue's open orders and trades. None: the venue never saw it."""
        record = self._record(client_id)
        if record is None:
            return None
        if record.get("result") is not None:
            result = ActionResult.model_validate(record["result"])
            if result.status.final:
                return result
        found = self._at_venue(client_id, record)
        return None if found is None else self._settle(client_id, found)

    def _at_venue(self, client_id: str, record: dict[str, Any]) -> ActionResult | None:
        order_id = str(record["hash"])
        quantity = Decimal(record["quantity"])
        try:
            raw = self._client.order(order_id, self.auth())
        except VenueNotFound:
            raw = None
        order = read(OpenOrder, raw, "order") if isinstance(raw, dict) and raw.get("id") else None
        fills = self._trades(client_id, record)
        if order is None and not fills:
            return None
        live = order is not None and order.status.upper().removeprefix("ORDER_STATUS_") in {"LIVE", ""}
        if order is not None and order.size_matched > sum((fill.quantity for fill in fills), Decimal(0)):
            # Its trades are not all listed yet: what is known so far must not be taken for the whole.
            raise UnknownOutcome(
                "the venue does not list all trades of the order yet", expected=f"{order.size_matched} shares"
            )
        return _outcome(client_id, order_id, quantity, fills, live=live)

    def _trades(self, client_id: str, record: dict[str, Any]) -> list[Fill]:
        order_id = str(record["hash"]).lower()
        since = str(int(record["signedAt"]) // 1000 - 60)
        fees = self._terms.of(str(record["symbol"])).fees
        fills: list[Fill] = []
        for raw in self._client.trades({"asset_id": str(record["symbol"]), "after": since}, self.auth()):
            trade = read(TradeReply, raw, "trade")
            if trade.status.upper() in _DEAD_TRADES:
                continue
            at = self._clock.now() if trade.match_time is None else from_ms(trade.match_time * 1000)
            parts: list[tuple[Decimal, Decimal, bool]] = []
            if trade.taker_order_id.lower() == order_id:
                parts.append((trade.size, trade.price, True))
            parts += [
                (part.matched_amount, part.price, False)
                for part in trade.maker_orders
                if part.order_id.lower() == order_id
            ]
            for quantity, price, taker in parts:
                fee = Decimal(0) if fees is None else fees.fee(quantity, price, taker=taker)
                fills.append(
                    Fill(
                        client_id=client_id,
                        venue=VENUE,
                        symbol=str(record["symbol"]),
                        side=record["side"],
                        quantity=quantity,
                        price=price,
                        fee=fee,
                        at=at,
                    )
                )
        return fills

    # Cancelling -------------------------------------------------------------------------------------------

    def cancel(self, action: Action) -> ActionResult:
        """Cancels the order named by parameters "clientId" (ours) or "venueId" (the order hash)."""
        target = action.parameters.get("clientId")
        record = self._record(target) if target else None
        order_id = str(record["hash"]) if record else action.parameters.get("venueId")
        if not order_id:
            raise OrderDenied(
                "nothing to cancel", expected='parameters "clientId" of an order of ours, or "venueId"'
            )
        raw = self._client.cancel_order(order_id, self.auth())
        try:
            reply = read(CancelReply, raw, "answer to a cancellation")
        except BadReply as error:
            raise UnknownOutcome("the answer to a cancellation cannot be read", found=error.found) from error
        if any(done.lower() == order_id.lower() for done in reply.canceled):
            return ActionResult(
                client_id=action.client_id, status=ActionStatus.FILLED, venue_id=order_id, reason="cancelled"
            )
        reason = reply.not_canceled.get(order_id, "the venue names no reason")
        return _rejected(action.client_id, order_id, f"not cancelled: {reason}")

    # Records ----------------------------------------------------------------------------------------------

    def _record(self, client_id: str) -> dict[str, Any] | None:
        found = self._documents.get(NAMESPACE, client_id)
        return None if found is None else found.value

    def _repeated(self, client_id: str) -> ActionResult:
        found = self.lookup(client_id)
        if found is None:
            raise UnknownOutcome(
                "this order was signed before and may have been sent, and the venue does not know it (yet)",
                remedy="look it up again later; it is not sent a second time",
            )
        return found

    def _settle(self, client_id: str, result: ActionResult) -> ActionResult:
        wire = result.to_wire()
        self._documents.update(NAMESPACE, client_id, lambda record: {**(record or {}), "result": wire})
        return result


def _domain(terms: OrderTerms) -> OrderDomain:
    if terms.version.lower() == "v1":
        return NEG_RISK_V2 if terms.negative_risk else EXCHANGE_V2
    if terms.version.lower() == "v2" and not terms.negative_risk:
        return EXCHANGE_V3
    raise OrderDenied(
        "the market's position version is not one Argosy can sign for",
        expected="v1, or v2 without negative risk",
        found=terms.version,
    )


def _outcome(
    client_id: str, order_id: str, quantity: Decimal, fills: list[Fill], *, live: bool
) -> ActionResult:
    """Filled, open with what was filled so far, or ended with `filled` saying what there was."""
    filled = sum((fill.quantity for fill in fills), Decimal(0))
    money = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    if filled >= quantity:
        status = ActionStatus.FILLED
    elif live:
        status = ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.OPEN
    else:
        status = ActionStatus.CANCELLED
    return ActionResult(
        client_id=client_id,
        status=status,
        filled=filled,
        average_price=money / filled if filled else None,
        fee=sum((fill.fee for fill in fills), Decimal(0)),
        fills=fills,
        venue_id=order_id,
    )


def _rejected(client_id: str, order_id: str, reason: str) -> ActionResult:
    return ActionResult(client_id=client_id, status=ActionStatus.REJECTED, venue_id=order_id, reason=reason)
