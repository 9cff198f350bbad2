"""Append-only ledger, one entry per cash flow, and the positions and cash derived from it.

Positions are kept at average cost. `cost` is signed like the quantity. For a long position it is the purchase
cost with fees. For a short position it is the proceeds less fees, below 0. Unrealised profit is
`quantity · mark - cost` for both. For every position, exactly: realised - cost = the sum of the base amounts of
its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from argosy.core.actions.action import FeePart, Fill
from argosy.core.money import exact
from argosy.core.money.money import ONE, ZERO
from argosy.core.money.rates import MISSING
from argosy.errors import InvalidInput


class EntryKind(StrEnum):
    """Kinds of ledger entries, with the sign of the amount: + adds cash, - takes it.

    capital: + deposit or - withdrawal of the bot's capital.
    trade: - purchase or + sale by a fill.
    fee: - fee or + rebate of a fill.
    settlement: + payout of a decided outcome.
    merge: + cash of a pair.
    income: + gain booked by an operator.
    expense: - loss booked by an operator.
    transfer: + deposit or - withdrawal at the venue, booked by an operator.
    adjustment: + or - difference at the venue, booked by an operator or by a correction.
    earning, interest, reward, sale: + booked by the venue itself (see `core.money.flow`).
    cost, refund, spend: - booked by the venue itself.
    attributed: + sales that a venue claims; no cash, in an account of its own.
    """

    CAPITAL = "capital"
    TRADE = "trade"
    FEE = "fee"
    SETTLEMENT = "settlement"
    MERGE = "merge"
    INCOME = "income"
    EXPENSE = "expense"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    EARNING = "earning"
    COST = "cost"
    INTEREST = "interest"
    REWARD = "reward"
    SALE = "sale"
    REFUND = "refund"
    SPEND = "spend"
    ATTRIBUTED = "attributed"


@dataclass(frozen=True, slots=True)
class Entry:
    """Row of the ledger, never changed and never removed.

    `quantity` is the signed change in units of `symbol`. `amount` is the signed cash flow in `currency`. `rate`
    is base currency per unit of `currency` at that moment, from `rate_source`. `base_amount` is their product.
    `price` is the price of a trade, with amount = -quantity · price.

    (client_id, fill_id, kind, strategy_id, symbol) is unique when there is a client id: a fill is booked once.
    Raises InvalidInput for numbers that are not finite, wrong products and a rate not above 0. Also raises for a
    time without a zone, and a quantity without a symbol.
    """

    at: datetime
    mode: str
    domain: str
    bot_id: str
    strategy_id: str
    venue: str
    kind: EntryKind
    currency: str
    amount: Decimal
    rate: Decimal
    rate_source: str
    base_currency: str
    base_amount: Decimal
    symbol: str = ""
    quantity: Decimal = ZERO
    price: Decimal | None = None
    client_id: str = ""
    fill_id: str = ""
    memo: str = ""

    def __post_init__(self) -> None:
        numbers = {
            "amount": self.amount,
            "rate": self.rate,
            "base amount": self.base_amount,
            "quantity": self.quantity,
            "price": ZERO if self.price is None else self.price,
        }
        for name, number in numbers.items():
            if not number.is_finite():
                raise InvalidInput(
                    f"the {name} of a ledger entry is not finite", expected="a number", found=str(number)
                )
        if self.rate <= ZERO:
            raise InvalidInput("a conversion rate is above 0", found=str(self.rate))
        if exact.multiply(self.amount, self.rate) != self.base_amount:
            raise InvalidInput(
                "the base amount of a ledger entry is amount · rate",
                expected=str(exact.multiply(self.amount, self.rate)),
                found=str(self.base_amount),
            )
        if self.price is not None and self.amount != exact.negate(exact.multiply(self.quantity, self.price)):
            raise InvalidInput(
                "the amount of a deal is what its units cost",
                expected=f"{self.quantity} · {self.price}, paid",
                found=str(self.amount),
            )
        if self.at.tzinfo is None:
            raise InvalidInput("the time of a ledger entry has a zone", found=self.at.isoformat())
        if self.quantity and not self.symbol:
            raise InvalidInput(
                "units in the ledger are units of something", expected="a symbol", found="none"
            )


@dataclass(frozen=True, slots=True)
class PositionState:
    """Position of a strategy in one asset, in base currency.

    `fees` are the fees so far, already included in the other numbers.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CashState:
    """Sums of cash flows in one currency.

    `amount` is in that currency, the others are in base currency. `capital` is the deposited part. `attributed` is
    value that is no cash and in no other sum.
    """

    amount: Decimal = ZERO
    base_amount: Decimal = ZERO
    capital: Decimal = ZERO
    fees: Decimal = ZERO
    attributed: Decimal = ZERO


def apply_to_position(position: PositionState, entry: Entry) -> PositionState:
    """Return the position after `entry` of the same asset.

    A change of sign closes the old position and opens a new one.
    """
    if entry.kind is EntryKind.ATTRIBUTED:
        return position
    if entry.kind is EntryKind.FEE:
        return _with_fee(position, entry)
    if not entry.quantity:
        return replace(position, realised=exact.add(position.realised, entry.base_amount))
    change, flow = entry.quantity, entry.base_amount
    quantity = exact.add(position.quantity, change)
    if exact.sign(position.quantity) in (ZERO, exact.sign(change)):
        return replace(position, quantity=quantity, cost=exact.subtract(position.cost, flow))
    held, changed = exact.absolute(position.quantity), exact.absolute(change)
    closed = min(held, changed)
    flow_closed = exact.share(flow, closed, changed)
    cost_closed = exact.share(position.cost, closed, held)
    return replace(
        position,
        quantity=quantity,
        cost=exact.subtract(exact.subtract(position.cost, cost_closed), exact.subtract(flow, flow_closed)),
        realised=exact.add(position.realised, exact.subtract(flow_closed, cost_closed)),
    )


def _with_fee(position: PositionState, entry: Entry) -> PositionState:
    """Book a fee as cost for the opening part of its fill, and as realised for the rest."""
    filled = _filled(entry)
    opened = (
        min(exact.absolute(position.quantity), exact.absolute(filled))
        if filled and exact.sign(position.quantity) == exact.sign(filled)
        else ZERO
    )
    of_cost = exact.share(entry.base_amount, opened, exact.absolute(filled)) if opened else ZERO
    return replace(
        position,
        cost=exact.subtract(position.cost, of_cost),
        realised=exact.add(position.realised, exact.subtract(entry.base_amount, of_cost)),
        fees=exact.subtract(position.fees, entry.base_amount),
    )


def apply_to_cash(cash: CashState, entry: Entry) -> CashState:
    """Return the cash after `entry` of the same currency.

    A cash transfer between accounts counts as capital of both.
    """
    if entry.kind is EntryKind.ATTRIBUTED:
        return replace(cash, attributed=exact.add(cash.attributed, entry.base_amount))
    paid_in = entry.kind is EntryKind.CAPITAL or (entry.kind is EntryKind.TRANSFER and not entry.symbol)
    is_fee = entry.kind is EntryKind.FEE
    return replace(
        cash,
        amount=exact.add(cash.amount, entry.amount),
        base_amount=exact.add(cash.base_amount, entry.base_amount),
        capital=exact.add(cash.capital, entry.base_amount) if paid_in else cash.capital,
        fees=exact.subtract(cash.fees, entry.base_amount) if is_fee else cash.fees,
    )


@dataclass(frozen=True, slots=True)
class Booking:
    """Owner of an action's fills, and conversion rates (base currency per unit).

    `kind` is that of the entries of the fills. `rate` converts the action's currency. `fee_rate` converts the fee's currency, if that is a third one.
    `other_rates` are rates and sources for the currencies of further parts of the fee.
    """

    mode: str
    domain: str
    bot_id: str
    strategy_id: str
    kind: EntryKind
    base_currency: str
    rate: Decimal = ONE
    rate_source: str = "same"
    fee_rate: Decimal = ONE
    fee_rate_source: str = MISSING
    other_rates: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)


def entries_of(fill: Fill, booking: Booking, split: Sequence[tuple[str, Decimal]] = ()) -> list[Entry]:
    """Return the entries of one execution: the trade, and its fees or rebates.

    A fee in units of the asset is booked at the fill's price. It reduces the units bought, or increases the units
    sold. Parts of a fee in several currencies are one entry each. `split` distributes the fill over strategies
    (from `split_over`). The remainder belongs to the action's own strategy.

    Raises InvalidInput for a fill without an id, which could be booked twice or mistaken for another. Also raises
    for a rate of the base currency that is not 1, and for a split above the fill.
    """
    if not fill.id or not fill.client_id:
        raise InvalidInput(
            "a fill is booked by its ids",
            expected="a client id and the venue's own id of the execution",
            found=f"client id {fill.client_id!r}, fill id {fill.id!r}",
        )
    if fill.currency == booking.base_currency and booking.rate != ONE:
        raise InvalidInput("the rate of the base currency itself is 1", found=str(booking.rate))
    parts = _charged(fill)
    entries: list[Entry] = []
    left = [part.amount for part in parts]
    shares = _shares(fill, booking.strategy_id, split)
    for index, (strategy_id, quantity) in enumerate(shares):
        last = index == len(shares) - 1
        fees = left if last else [exact.share(part.amount, quantity, fill.quantity) for part in parts]
        left = [exact.subtract(rest, fee) for rest, fee in zip(left, fees, strict=True)]
        change = quantity if fill.side == "buy" else exact.negate(quantity)
        units = [_in_units(fill, part.currency) for part in parts]
        change = exact.subtract(change, exact.total(f for f, own in zip(fees, units, strict=True) if own))
        entries.append(_deal(fill, booking, strategy_id, change))
        for number, (part, fee, own) in enumerate(zip(parts, fees, units, strict=True)):
            paid = FeePart(
                amount=exact.multiply(fee, fill.price) if own else fee,
                currency=fill.currency if own else part.currency,
            )
            if fee:
                name = fill.id if not number else f"{fill.id}+{part.currency}"
                entries.append(_fee(fill, booking, strategy_id, change, paid, name))
    return entries


def _charged(fill: Fill) -> list[FeePart]:
    """Return the nonzero parts of the fee; the first one is booked under the fill's own id."""
    return [part for part in fill.fees if part.amount]


def _in_units(fill: Fill, currency: str) -> bool:
    """Return True if the fee is in units of the asset, however the venue writes its name."""
    unit = fill.symbol.partition("/")[0]
    return currency in (fill.symbol, unit) or ("/" in fill.symbol and currency.upper() == unit.upper())


def _deal(fill: Fill, booking: Booking, strategy_id: str, change: Decimal) -> Entry:
    amount = exact.negate(exact.multiply(change, fill.price))
    return Entry(
        at=fill.at,
        mode=booking.mode,
        domain=booking.domain,
        bot_id=booking.bot_id,
        strategy_id=strategy_id,
        venue=fill.venue,
        kind=booking.kind,
        currency=fill.currency,
        amount=amount,
        rate=booking.rate,
        rate_source=booking.rate_source,
        base_currency=booking.base_currency,
        base_amount=exact.multiply(amount, booking.rate),
        symbol=fill.symbol,
        quantity=change,
        price=fill.price,
        client_id=fill.client_id,
        fill_id=fill.id,
    )


def _fee(
    fill: Fill, booking: Booking, strategy_id: str, change: Decimal, fee: FeePart, fill_id: str
) -> Entry:
    amount, currency = exact.negate(fee.amount), fee.currency
    rate, source = booking.rate, booking.rate_source
    if currency != fill.currency:
        rate, source = booking.fee_rate, booking.fee_rate_source
        if currency != fill.fee_currency:
            rate, source = booking.other_rates.get(currency, (ONE, MISSING))
        if currency == booking.base_currency:
            rate, source = ONE, "same"
    return Entry(
        at=fill.at,
        mode=booking.mode,
        domain=booking.domain,
        bot_id=booking.bot_id,
        strategy_id=strategy_id,
        venue=fill.venue,
        kind=EntryKind.FEE,
        currency=currency,
        amount=amount,
        rate=rate,
        rate_source=source,
        base_currency=booking.base_currency,
        base_amount=exact.multiply(amount, rate),
        symbol=fill.symbol,
        client_id=fill.client_id,
        fill_id=fill_id,
        memo=f"{_OF_FILL}{change}",
    )


def _shares(fill: Fill, own: str, split: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    parts: dict[str, Decimal] = {}
    for strategy_id, quantity in split:
        if quantity < ZERO:
            raise InvalidInput("a share of a fill is not below 0", found=f"{strategy_id}: {quantity}")
        parts[strategy_id] = exact.add(parts.get(strategy_id, ZERO), quantity)
    left = exact.subtract(fill.quantity, exact.total(parts.values()))
    if left < ZERO:
        raise InvalidInput(
            "the shares of a fill are more than the fill",
            expected=str(fill.quantity),
            found=str(exact.subtract(fill.quantity, left)),
        )
    if left:
        parts[own] = exact.add(parts.get(own, ZERO), left)
    return [(strategy_id, quantity) for strategy_id, quantity in parts.items() if quantity] or [(own, ZERO)]


_OF_FILL = "of a fill of "


def _filled(entry: Entry) -> Decimal:
    """Return the signed units of the fill that a fee belongs to, 0 for other fees."""
    return Decimal(entry.memo.removeprefix(_OF_FILL)) if entry.memo.startswith(_OF_FILL) else ZERO


def reverse_entry(entry: Entry, at: datetime, fill_id: str) -> Entry:
    """Return the entry that reverses `entry` exactly, at the same rate.

    The reversal of a fee refers to the same part of its fill.
    """
    filled = _filled(entry)
    return replace(
        entry,
        at=at,
        quantity=exact.negate(entry.quantity),
        amount=exact.negate(entry.amount),
        base_amount=exact.negate(entry.base_amount),
        fill_id=fill_id,
        memo=f"{_OF_FILL}{exact.negate(filled)}" if filled else entry.memo,
    )


def split_over(holdings: Mapping[str, Decimal], own: str, quantity: Decimal) -> list[tuple[str, Decimal]]:
    """Distribute a settlement or merge of `quantity` units over strategies.

    `own` comes first, then the others by name. `holdings` are units by strategy; those not above 0 give nothing.
    A remainder beyond all holdings goes to `own`, so that nothing is lost and the difference shows.
    """
    given: dict[str, Decimal] = {}
    left = quantity
    for strategy_id in sorted(holdings, key=lambda name: (name != own, name)):
        part = min(max(holdings[strategy_id], ZERO), left)
        if part > ZERO:
            given[strategy_id] = part
            left = exact.subtract(left, part)
    if left:
        given[own] = exact.add(given.get(own, ZERO), left)
    return list(given.items())
