"""Spot venue with simulated fills.

Books come from a real venue; money and orders are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.actions.send_deadline import SendDeadline, check
from argosy.core.clock import Clock
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.core.ports import Documents
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Balance, Capability, Level, OrderBook, Quote, VenueStatus
from argosy.domains.trading.market import MarketVenue
from argosy.domains.trading.paper.spot_account import (
    PaperOrder,
    SpotAccount,
    book_fill,
    depth_of,
    describe_uncovered,
    fee_of,
    locked_amounts,
    taken_of,
)
from argosy.domains.trading.venues.replies.pairs import quote_currency
from argosy.errors import ArgosyError, InvalidInput, NeverSent
from argosy.venuekit.adapter.certain import certain
from argosy.venuekit.adapter.order_records import given_up, unsent_result, unsupported_kind
from argosy.venuekit.paper.fill_kernel import PricedOffer, walk

_KEY = "account"
_KEPT = 16


class SpotPaperVenue:
    """Paper venue over another venue.

    It starts with `capital` in each of `currencies`. Nothing is lent: only holdings can be sold. `fee` is the
    fraction of the turnover that each fill costs.

    Takers walk the book as read at that moment. A resting order fills at its limit, by the size that the other side
    shows at the limit or better. Orders are refused at a book older than `max_age_s`, off the market's grid or
    below its minimum. The same client id returns the same result.
    """

    absence_proves_after_s = 0.0

    def __init__(
        self,
        source: MarketVenue,
        documents: Documents,
        clock: Clock,
        *,
        account: str,
        capital: Decimal,
        currencies: Sequence[str] = ("USD", "USDT", "USDC"),
        fee: Decimal = Decimal("0.001"),
        max_age_s: float = 15.0,
    ) -> None:
        self.name = source.name
        self.capabilities = source.capabilities | {
            Capability.PLACE_ORDER,
            Capability.CANCEL_ORDER,
            Capability.BALANCES,
            Capability.LOOKUP_BY_CLIENT_ID,
        }
        self._source = source
        self._documents = documents
        self._clock = clock
        self._fee = fee
        self._max_age_s = max_age_s
        self._opening = SpotAccount(cash=dict.fromkeys(currencies, capital))
        self.namespace = f"paper:{source.name}:{account}"

    def status(self) -> VenueStatus:
        return self._source.status()

    def assets(self) -> Sequence[Asset]:
        return self._source.assets()

    def order_book(self, symbol: str) -> OrderBook:
        return self._source.order_book(symbol)

    def quote(self, symbol: str) -> Quote:
        return self._source.quote(symbol)

    def candles(self, symbol: str, interval: str = "1m", *, limit: int = 100) -> Any:
        """Return the candles of the source. Raises InvalidInput if it has none."""
        candles = getattr(self._source, "candles", None)
        if candles is None:
            raise InvalidInput(f"{self.name} has no candles")
        return candles(symbol, interval, limit=limit)

    def balances(self) -> Sequence[Balance]:
        account = self._account()
        bound = locked_amounts(account, self._fee)
        money = [
            Balance(venue=self.name, currency=c, free=amount - bound.get(c, ZERO), locked=bound.get(c, ZERO))
            for c, amount in account.cash.items()
        ]
        units = {asset.symbol: asset.unit for asset in self.assets()} if account.held else {}
        return money + [
            Balance(venue=self.name, currency=units.get(symbol, symbol), free=held.quantity)
            for symbol, held in account.held.items()
        ]

    def positions(self) -> Sequence[Position]:
        return [
            Position(
                venue=self.name, symbol=symbol, quantity=held.quantity, average_cost=held.cost / held.quantity
            )
            for symbol, held in self._account().held.items()
        ]

    def results(self) -> list[ActionResult]:
        """Return the results of all orders so far, unordered."""
        kept = [key for key in self._documents.keys(self.namespace) if key.startswith("order:")]
        found = {key.partition(":")[2]: self._document(key.partition(":")[2]) for key in kept}
        orders = {**found, **self._account().orders}
        return [order.result for order in orders.values() if order is not None]

    def realised(self) -> Decimal:
        """Return the realised profit after fees; holdings count at cost.

        Currencies are added without conversion.
        """
        account = self._account()
        cash = sum(account.cash.values(), ZERO) - sum(self._opening.cash.values(), ZERO)
        return cash + sum((held.cost for held in account.held.values()), ZERO)

    # --- writing ----------------------------------------------------------------------------------------

    @certain
    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        before = self._order(action.client_id)
        if before is not None:
            return before.result
        if action.kind is ActionKind.CANCEL_ORDER:
            return self._settle(action, self._cancelled, deadline)
        if action.kind is not ActionKind.PLACE_ORDER:
            return unsupported_kind(action, self.name, (ActionKind.PLACE_ORDER, ActionKind.CANCEL_ORDER))
        if action.side is None or action.quantity <= 0:
            return _ended(action, ActionStatus.REJECTED, "expected an order with a side and a quantity")
        try:
            reason = self._off_grid(action)
            book = self._source.order_book(action.symbol)
        except ArgosyError as error:
            return self._rejected(action, f"{error.code}: {error}")
        reason = reason or self._no_quote(book)
        if reason is not None:
            return self._rejected(action, reason)
        return self._settle(action, lambda account, order: self._placed(account, order, book), deadline)

    def query_action(self, client_id: str) -> ActionResult | None:
        order = self._order(client_id)
        if order is None or not order.open:
            return None if order is None else order.result
        book = self._source.order_book(order.action.symbol)
        self._update(lambda account: self._worked(account, client_id, book))
        worked = self._order(client_id)
        return None if worked is None else worked.result

    def _rejected(self, action: Action, reason: str) -> ActionResult:
        refused = _ended(action, ActionStatus.REJECTED, reason)
        return self._settle(action, lambda account, order: (account, refused))

    def _off_grid(self, action: Action) -> str | None:
        asset = next((asset for asset in self._source.assets() if asset.symbol == action.symbol), None)
        if asset is None:
            return None
        if asset.minimum_quantity is not None and action.quantity < asset.minimum_quantity:
            return f"quantity {action.quantity} is below the minimum of {asset.minimum_quantity}"
        for what, value, step in (
            ("quantity", action.quantity, asset.quantity_step),
            ("price", action.limit_price, asset.price_step),
        ):
            if value is not None and step and value % step:
                return f"{what} {value} is not on the market's grid of {step}"
        return None

    def _no_quote(self, book: OrderBook) -> str | None:
        if book.crossed:
            return "the book is locked or crossed"
        age_s = (self._clock.now() - (book.at or book.received_at)).total_seconds()
        if abs(age_s) > self._max_age_s:
            return f"the book is {age_s:.1f} s old"
        return None

    def _placed(
        self, account: SpotAccount, action: Action, book: OrderBook
    ) -> tuple[SpotAccount, ActionResult]:
        levels = book.asks if action.side == "buy" else book.bids
        taken = account.taken.get(action.symbol, {})
        depth = depth_of(taken)
        walked = walk(depth.left(levels), action.quantity, action.limit_price, side=action.side or "buy")
        rests = action.time_in_force in ("GTC", "GTD") and action.limit_price is not None
        if action.time_in_force == "FOK" and walked.shares < action.quantity:
            return account, _ended(action, ActionStatus.CANCELLED, "the book has not the whole quantity")
        problem = describe_uncovered(account, action, walked.shares, walked.notional, self._fee, rests=rests)
        if problem is not None:
            return account, _ended(action, ActionStatus.REJECTED, problem)
        result = ActionResult(client_id=action.client_id, status=ActionStatus.OPEN)
        for level in walked.taken:
            account, result = self._filled(account, action, result, level)
        if result.status is ActionStatus.OPEN and not rests:
            result = _ended(action, ActionStatus.CANCELLED, "no such price in the book")
        elif result.status is not ActionStatus.FILLED and not rests:
            result = result.model_copy(update={"status": ActionStatus.CANCELLED})
        record = {**account.taken, action.symbol: taken_of(depth.plus(levels, walked, book))}
        return account.model_copy(update={"taken": record}), result

    def _filled(
        self, account: SpotAccount, action: Action, result: ActionResult, level: PricedOffer
    ) -> tuple[SpotAccount, ActionResult]:
        assert action.side is not None  # `execute` has checked it
        fill = Fill(
            id=f"{action.client_id[:16]}-{len(result.fills) + 1}",
            client_id=action.client_id,
            venue=self.name,
            symbol=action.symbol,
            side=action.side,
            quantity=level.size,
            price=level.price,
            fee=fee_of(level.size * level.price, self._fee),
            currency=quote_currency(action.symbol),
            at=self._clock.now(),
        )
        fills = [*result.fills, fill]
        filled = sum((f.quantity for f in fills), ZERO)
        notional = sum((f.quantity * f.price for f in fills), ZERO)
        whole = filled >= action.quantity
        return book_fill(account, fill), result.model_copy(
            update={
                "status": ActionStatus.FILLED if whole else ActionStatus.PARTIALLY_FILLED,
                "filled": filled,
                "fills": fills,
                "average_price": notional / filled,
                "fee": sum((f.fee for f in fills), ZERO),
                "venue_id": f"paper-{action.client_id[:16]}",
            }
        )

    def _worked(self, account: SpotAccount, client_id: str, book: OrderBook) -> SpotAccount:
        order = account.orders.get(client_id)
        if order is None or not order.open:
            return account
        action, limit = order.action, order.action.limit_price
        if limit is None or self._no_quote(book) is not None:
            return account
        taken = account.taken.get(action.symbol, {})
        depth, facing = depth_of(taken), book.asks if action.side == "buy" else book.bids
        walked = walk(
            depth.left(facing), action.quantity - order.result.filled, limit, side=action.side or "buy"
        )
        if not walked.shares:
            return account
        level = Level(price=limit, size=walked.shares)
        account, result = self._filled(account, action, order.result, level)
        orders = {**account.orders, client_id: PaperOrder(action=action, result=result)}
        record = {**account.taken, action.symbol: taken_of(depth.plus(facing, walked, book))}
        return account.model_copy(update={"orders": orders, "taken": record})

    def _cancelled(self, account: SpotAccount, action: Action) -> tuple[SpotAccount, ActionResult]:
        target = action.parameters.get("clientId", "")
        order = account.orders.get(target)
        if order is None or not order.open:
            return account, _ended(action, ActionStatus.REJECTED, f"no open order {target or '(none named)'}")
        ended = order.result.model_copy(update={"status": ActionStatus.CANCELLED})
        orders = {**account.orders, target: PaperOrder(action=order.action, result=ended)}
        done = ActionResult(client_id=action.client_id, status=ActionStatus.FILLED)
        return account.model_copy(update={"orders": orders}), done

    # --- the account ------------------------------------------------------------------------------------

    def _account(self) -> SpotAccount:
        found = self._documents.get(self.namespace, _KEY)
        return self._opening if found is None else SpotAccount.model_validate(found.value)

    def _update(self, change: Callable[[SpotAccount], SpotAccount]) -> SpotAccount:
        after: list[SpotAccount] = []

        def step(raw: Any) -> Any:
            after[:] = [change(self._opening if raw is None else SpotAccount.model_validate(raw))]
            return after[0].to_wire()

        self._documents.update(self.namespace, _KEY, step)
        return after[0]

    def _order(self, client_id: str) -> PaperOrder | None:
        found = self._account().orders.get(client_id)
        if found is not None:
            return found
        return self._document(client_id)

    def _document(self, client_id: str) -> PaperOrder | None:
        noted = self._documents.get(self.namespace, f"order:{client_id}")
        return None if noted is None else PaperOrder.model_validate(noted.value)

    def _settle(
        self,
        action: Action,
        change: Callable[[SpotAccount, Action], tuple[SpotAccount, ActionResult]],
        deadline: SendDeadline | None = None,
    ) -> ActionResult:
        """Store change and result in one step.

        Final orders leave the account once they have their own document.
        """
        noted = self._noted()
        settled: list[ActionResult] = []

        def step(account: SpotAccount) -> SpotAccount:
            before = account.orders.get(action.client_id) or self._document(action.client_id)
            if before is not None:
                settled[:] = [before.result]
                return account
            check(deadline)
            account, result = change(account, action)
            settled[:] = [result]
            orders = {key: order for key, order in account.orders.items() if key not in noted}
            orders[action.client_id] = PaperOrder(action=action, result=result)
            return account.model_copy(update={"orders": orders})

        self._update(step)
        return settled[0]

    def withdraw(self, action: Action) -> bool:
        """Withdraw an action that was not carried out. Return False if it was."""
        refused = unsent_result(action.client_id, given_up())
        return self._settle(action, lambda account, _: (account, refused)).code == NeverSent.code

    def _noted(self) -> frozenset[str]:
        final = {key: order for key, order in self._account().orders.items() if not order.open}
        if len(final) < _KEPT:
            return frozenset()
        for key, order in final.items():
            self._documents.put(self.namespace, f"order:{key}", order.to_wire())
        return frozenset(final)


def _ended(action: Action, status: ActionStatus, reason: str) -> ActionResult:
    return ActionResult(client_id=action.client_id, status=status, reason=reason)
