"""How a bot's capital is split over its strategies, and what of it one of them may put at risk now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from argosy.core.money import ONE, ZERO
from argosy.errors import InvalidInput

Lending = Literal["none", "idle"]
"""none: each strategy keeps to its share; idle: what lenders do not use may be used by the others."""

BOT_ITSELF = ""
"""Whose share is what the weights leave over: actions of the bot's own workflow."""


class CapitalCode(StrEnum):
    """Why less than the whole share is there: machine-readable, stable. NONE: nothing is missing."""

    NONE = ""
    NO_SHARE = "no_share"
    SHARE_IN_USE = "share_in_use"
    OVER_SHARE = "over_share"
    SHARE_ELSEWHERE = "share_in_use_elsewhere"


@dataclass(frozen=True, slots=True)
class Share:
    """`weight` is a fraction of the capital, 0..1. `lends`: others may use what this strategy does not."""

    strategy_id: str
    weight: Decimal
    lends: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """What a strategy has in use, base currency: `reserved` by actions under way, `invested` at cost."""

    strategy_id: str
    reserved: Decimal = ZERO
    invested: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.reserved + self.invested


@dataclass(frozen=True, slots=True)
class Available:
    """What a new action may use, base currency: of the `own` share, and on top of it `lent` by others."""

    own: Decimal
    lent: Decimal
    code: CapitalCode = CapitalCode.NONE
    reason: str = ""

    @property
    def total(self) -> Decimal:
        return self.own + self.lent


def check_shares(shares: Iterable[Share]) -> None:
    """Raises InvalidInput unless every weight is in 0..1, no strategy is named twice and they sum to at most 1."""
    weights: dict[str, Decimal] = {}
    for share in shares:
        if share.strategy_id in weights or not share.strategy_id:
            raise InvalidInput(
                "each share needs a strategy of its own", expected="unique ids", found=repr(share.strategy_id)
            )
        if not ZERO <= share.weight <= ONE:
            raise InvalidInput(
                f"the weight of {share.strategy_id!r} is no share", expected="0..1", found=str(share.weight)
            )
        weights[share.strategy_id] = share.weight
    total = sum(weights.values(), ZERO)
    if total > ONE:
        raise InvalidInput(
            "the strategies' weights come to more than the bot's capital",
            expected="a sum of at most 1",
            found=f"{total} ({', '.join(f'{name} {weight}' for name, weight in sorted(weights.items()))})",
            remedy="lower one of them first",
        )


def available(
    capital: Decimal, shares: Sequence[Share], uses: Iterable[Use], lending: Lending, strategy_id: str
) -> Available:
    """What `strategy_id` may put at risk now, on top of what it has in use.

    `capital` is what the bot may use at most, in base currency. Nothing in use is ever cut: a strategy above its
    share gets nothing of its own until it is below. The sum of all uses never passes `capital` by what is granted
    here; an idle share that does not lend is never granted to another, one that lends comes first to its owner
    and is missing only as far as others really have it in use. Where shares that are kept cannot all be met (after
    weights or capital were lowered), what is free goes by their size. A bot without shares is not split: whoever
    asks first may use all of it.
    """
    used: dict[str, Decimal] = {}
    for use in uses:
        used[use.strategy_id] = used.get(use.strategy_id, ZERO) + use.total
    mine = used.get(strategy_id, ZERO)
    free = max(capital - sum(used.values(), ZERO), ZERO)
    if not shares:
        return _explained(capital, mine, own=free)

    allotted = {share.strategy_id: share.weight * capital for share in shares}
    allotted[BOT_ITSELF] = max(capital - sum(allotted.values(), ZERO), ZERO)
    if strategy_id not in allotted:
        reason = f"strategy {strategy_id!r} has no share of the bot's capital"
        return Available(ZERO, ZERO, CapitalCode.NO_SHARE, reason)
    idle = {name: max(share - used.get(name, ZERO), ZERO) for name, share in allotted.items()}
    lenders = {share.strategy_id for share in shares if share.lends and lending == "idle"}
    keepers = {share.strategy_id for share in shares} - lenders
    kept = sum((idle[name] for name in keepers - {strategy_id}), ZERO)
    within = max(free - kept, ZERO)
    own = min(idle[strategy_id], within)
    if strategy_id in keepers and own < idle[strategy_id]:
        own = free * idle[strategy_id] / (idle[strategy_id] + kept)
    if lending == "none":
        return _explained(allotted[strategy_id], mine, own=own)
    offered = sum((idle[name] for name in lenders - {strategy_id}), ZERO)
    borrowed = sum((max(use - allotted.get(name, ZERO), ZERO) for name, use in used.items()), ZERO)
    lent = min(max(offered - borrowed, ZERO), max(within - own, ZERO))
    return _explained(allotted[strategy_id], mine, own=own, lent=lent)


def _explained(share: Decimal, used: Decimal, *, own: Decimal, lent: Decimal = ZERO) -> Available:
    code, reason = CapitalCode.NONE, ""
    if used > share:
        code, reason = CapitalCode.OVER_SHARE, f"{used} is in use of a share of {share}"
    elif own < share - used:
        code = CapitalCode.SHARE_ELSEWHERE
        reason = (
            f"{share - used - own} of the share of {share} is in use by other strategies until they free it"
        )
    elif used == share:
        code, reason = CapitalCode.SHARE_IN_USE, f"all of the share of {share} is in use"
    return Available(own, lent, code, reason)
