"""Fills that an order could honestly have got from the observed books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, Fill, Side
from argosy.core.clock import to_ms
from argosy.core.money.money import ONE, ZERO
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.evidence import FUTURE_MS, EvidencePolicy, Observation, assess, pair_claim
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.paper.account import Consumed, fill_id
from argosy.domains.trading.sizes import spent_amount
from argosy.domains.trading.spending import UNIT, is_spent, spend_amount
from argosy.venuekit.paper.consumed_depth import ConsumedDepth, Taken
from argosy.venuekit.paper.fill_kernel import Walk, walk


@dataclass(frozen=True, slots=True)
class ObservedBooks:
    """The books that an order meets.

    `own` is the book of the order's token, `other` that of the other outcome. `history` has the observations
    of both until then.
    """

    own: OrderBook
    other: OrderBook | None
    history: Sequence[Observation]


@dataclass(frozen=True, slots=True)
class PaperOffer:
    """Levels that may be taken, or the reason why none may."""

    levels: Sequence[Level] = ()
    refusal: str | None = None


def offer(
    look: ObservedBooks, side: Side, market: BinaryMarket, now: datetime, policy: EvidencePolicy
) -> PaperOffer:
    """Return the believable levels of the side that a taker walks.

    Refused are a locked, crossed, empty or old book, and one from the future. A book without the venue's time
    is refused if the other outcome's book cannot confirm it.

    The two books can disagree in the taker's favour. Every price is then worsened to the one that the other
    book implies. A buy keeps its price if evidence proves that the pair was for sale at both asks (see
    `evidence`).
    """
    own, other = look.own, look.other
    seen = own.received_at if own.at is None else own.at
    age_s = (to_ms(now) - to_ms(seen)) / 1000
    levels = own.asks if side == "buy" else own.bids
    if own.crossed:
        return PaperOffer(refusal="the book is locked or crossed: that is no quote")
    if age_s > policy.max_age_s:
        return PaperOffer(refusal=f"the book is {age_s:.1f} s old, older than {policy.max_age_s} s")
    if age_s * 1000 < -FUTURE_MS:
        return PaperOffer(refusal=f"the book is from {-age_s:.1f} s ahead: the clocks disagree")
    levels = [level for level in levels if ZERO < level.price < ONE and level.size > 0]
    if not levels:
        return PaperOffer(refusal="no such side in the book")
    bound = None if other is None else _implied(other, side, now, policy)
    if bound is None:
        if own.at is None:
            return PaperOffer(refusal="the price cannot be verified: no time on the book, no sane other book")
        return PaperOffer(levels)
    if side == "buy" and levels[0].price < bound and not _proven(look, market, now, policy):
        levels = [Level(price=max(level.price, bound), size=level.size) for level in levels]
    elif side == "sell" and levels[0].price > bound:
        levels = [Level(price=min(level.price, bound), size=level.size) for level in levels]
    return PaperOffer(levels)


def _implied(other: OrderBook, side: Side, now: datetime, policy: EvidencePolicy) -> Decimal | None:
    """Return the price that the other outcome's book implies, or None if it is no quote.

    The ask is 1 − its bid, the bid is 1 − its ask.
    """
    level = other.best_bid if side == "buy" else other.best_ask
    seen = other.received_at if other.at is None else other.at
    if level is None or other.crossed or to_ms(now) - to_ms(seen) > policy.max_age_s * 1000:
        return None
    return ONE - level.price if ZERO < level.price < ONE else None


def _proven(look: ObservedBooks, market: BinaryMarket, now: datetime, policy: EvidencePolicy) -> bool:
    if market.fees is None or not look.history:
        return False
    return assess(look.history, to_ms(now), policy, pair_claim(market.fees)).code == "proven"


def observe_books(look: tuple[OrderBook, OrderBook | None], market: BinaryMarket) -> Observation:
    """Return the observation of both books, in the form that `evidence` keeps."""
    own, other = look
    assert other is not None  # the caller passes looks with both books only
    return Observation.of(*((own, other) if own.symbol == market.symbols[0] else (other, own)))


def depth_of(consumed: Sequence[Consumed]) -> ConsumedDepth:
    """Return the stored record as the kernel has it."""
    return ConsumedDepth({c.price: Taken(c.shown, c.taken) for c in consumed})


def consumed_of(depth: ConsumedDepth) -> list[Consumed]:
    """Return the kernel's record as the account stores it."""
    return [Consumed(price=p, shown=each.shown, taken=each.gone) for p, each in depth.levels.items()]


def less_consumed(book: OrderBook, consumed: Sequence[Consumed]) -> OrderBook:
    """Return the book without the taken shares.

    A level with nothing left keeps its price with size 0, because the venue still shows it.
    """
    taken = {c.price: c.taken for c in consumed}

    def left(levels: Sequence[Level]) -> list[Level]:
        return [
            Level(price=level.price, size=max(level.size - taken[level.price], ZERO))
            if level.price in taken
            else level
            for level in levels
        ]

    return book.model_copy(update={"bids": left(book.bids), "asks": left(book.asks)})


def take(action: Action, levels: Sequence[Level]) -> Walk[Level]:
    """Match an order at once: FOK fills whole or not at all, others take levels in the limit.

    A purchase that matches at once spends its amount, as at the venue.
    """
    amount = spent_amount(action.quantity, action.limit_price, action.side, action.time_in_force)
    if amount is None or action.limit_price is None:
        walked = walk(levels, action.quantity, action.limit_price, side=action.side or "buy")
        whole = walked.shares >= action.quantity
    else:
        walked = spend_amount(levels, amount, action.limit_price)
        whole = is_spent(walked, amount)
    return walked if whole or action.time_in_force != "FOK" else Walk()


def is_whole(action: Action, executed: Sequence[Fill]) -> bool:
    """Return True if the order got its whole quantity or spent its amount."""
    amount = spent_amount(action.quantity, action.limit_price, action.side, action.time_in_force)
    if sum((fill.quantity for fill in executed), ZERO) >= action.quantity:
        return True
    return amount is not None and amount - sum((f.quantity * f.price for f in executed), ZERO) < UNIT


def fills(action: Action, walked: Walk[Level], market: BinaryMarket, now: datetime) -> list[Fill]:
    """Return one fill per level.

    The fee follows the market's own schedule, rounded as the venue rounds it.
    """
    assert market.fees is not None and action.side is not None  # `refusal` has checked both
    return [
        Fill(
            id=fill_id(action.client_id, number),
            client_id=action.client_id,
            venue=action.venue,
            symbol=action.symbol,
            side=action.side,
            quantity=level.size,
            price=level.price,
            fee=market.fees.fee(level.size, level.price),
            currency=action.currency,
            at=now,
        )
        for number, level in enumerate(walked.taken)
    ]
