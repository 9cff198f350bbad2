"""The append-only ledger: entries, one a cash flow, and the positions and cash that follow from them.

Average cost. `cost` is signed like the quantity: what a long position cost, fees included, or (below 0) what a
short one brought, less fees; so that profit not yet realised is `quantity · mark - cost` for both. Of every
position, to the last digit: realised - cost = the sum of its entries' base amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from argosy.core import exact
from argosy.core.action import ActionKind, FeePart, Fill
from argosy.core.money import ONE, ZERO
from argosy.core.rates import MISSING
from argosy.errors import InvalidInput


class EntryKind(StrEnum):
    """capital: paid in (above 0) or taken out; trade, fee: of a fill; settlement: what an outcome paid;
    merge: pairs turned into cash; adjustment: a difference found at the venue and booked by an operator."""

    CAPITAL = "capital"
    TRADE = "trade"
    FEE = "fee"
    SETTLEMENT = "settlement"
    MERGE = "merge"
    INCOME = "income"
    EXPENSE = "expense"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger; never changed, never removed.

    `quantity` is the signed change in units of `symbol`, `amount` the signed cash flow in `currency`, `rate` base
    currency a unit of `currency` at that moment (from `rate_source`), `base_amount` their product.
    (client_id, fill_id, kind, strategy_id, symbol) is unique where there is a client id: a fill is booked once.
    Raises InvalidInput for numbers that are not finite, products that are none, a time without a zone, and units
    of nothing. `price` is that of a deal, which cost quantity · price.
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
    """What a strategy holds of one asset, in base currency; `fees` are those paid so far (inside the others)."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CashState:
    """Sums of flows in one currency: `amount` in it, the others in base currency; `capital` is the part paid in."""

    amount: Decimal = ZERO
    base_amount: Decimal = ZERO
    capital: Decimal = ZERO
    fees: Decimal = ZERO


def apply_to_position(position: PositionState, entry: Entry) -> PositionState:
    """The position after `entry`, which is of its asset. A change of sign closes the old and opens the new."""
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
    """A fee belongs to cost for the part of its fill that opened what is held, and is realised for the rest."""
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
    """The cash after `entry`, which is of its currency. Cash moved between accounts counts as capital of both."""
    paid_in = entry.kind is EntryKind.CAPITAL or (entry.kind is EntryKind.TRANSFER and not entry.symbol)
    is_fee = entry.kind is EntryKind.FEE
    return CashState(
        amount=exact.add(cash.amount, entry.amount),
        base_amount=exact.add(cash.base_amount, entry.base_amount),
        capital=exact.add(cash.capital, entry.base_amount) if paid_in else cash.capital,
        fees=exact.subtract(cash.fees, entry.base_amount) if is_fee else cash.fees,
    )


@dataclass(frozen=True, slots=True)
class Booking:
    """Where the fills of an action belong, and what its currency is worth: `rate` base currency a unit.

    `fee_rate` is that of the fee's currency, where that is a third one; `other_rates` are rates and their sources of
    the currencies of further parts of the fee.
    """

    mode: str
    domain: str
    bot_id: str
    strategy_id: str
    kind: ActionKind
    base_currency: str
    rate: Decimal = ONE
    rate_source: str = "same"
    fee_rate: Decimal = ONE
    fee_rate_source: str = MISSING
    other_rates: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)


_KINDS = {ActionKind.REDEEM: EntryKind.SETTLEMENT, ActionKind.MERGE_PAIR: EntryKind.MERGE}


def entries_of(fill: Fill, booking: Booking, split: Sequence[tuple[str, Decimal]] = ()) -> list[Entry]:
    """The entries of one execution: the deal, and its fee where there is one (below 0: a rebate).

    A fee taken in units of the asset is booked at the fill's price: so many units fewer were bought (more were
    sold), and the fee is what they were worth. Parts of a fee in several currencies are one entry each. `split` shares the fill out over strategies (from `split_over`);
    what it leaves, and all without it, is the action's own strategy's. Raises InvalidInput for a fill without an id
    (it could be booked twice, or taken for another), a rate of the base currency that is not 1, and a split of more
    than there is.
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
    """The parts of the fee that are not 0; the first one is booked under the fill's own id."""
    return [part for part in fill.fees if part.amount]


def _in_units(fill: Fill, currency: str) -> bool:
    """A fee in units of the asset itself, however the venue writes its name."""
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
        kind=_KINDS.get(booking.kind, EntryKind.TRADE),
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
    """Signed units of the fill that a fee is of; 0 for a fee of something else."""
    return Decimal(entry.memo.removeprefix(_OF_FILL)) if entry.memo.startswith(_OF_FILL) else ZERO


def take_back(entry: Entry, at: datetime, fill_id: str) -> Entry:
    """The entry that undoes `entry` to the last digit, at the same rate; a fee's is of the same part of its fill."""
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
    """Whose shares a settlement or merge of `quantity` units closes: `own` first, then the others by name.

    `holdings` are units by strategy; those not above 0 have nothing to give. What nobody holds is `own`'s, so
    that nothing is lost and the difference shows.
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
