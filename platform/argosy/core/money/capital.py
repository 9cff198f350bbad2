"""Split of a bot's capital over its strategies, and the capital each may put at risk now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from argosy.core.money.money import ONE, ZERO
from argosy.errors import InvalidInput

Lending = Literal["none", "idle"]
"""Lending between strategies.

none: each strategy uses only its own share.
idle: strategies may also use the idle capital of lenders.
"""

BOT_ITSELF = ""
"""Strategy id of the bot's own workflow; its share is the capital left over by the weights."""


class CapitalCode(StrEnum):
    """Reasons why less than the whole share is available: machine-readable and stable.

    NONE: the whole share is available.
    """

    NONE = ""
    NO_SHARE = "no_share"
    SHARE_IN_USE = "share_in_use"
    OVER_SHARE = "over_share"
    SHARE_ELSEWHERE = "share_in_use_elsewhere"


@dataclass(frozen=True, slots=True)
class Share:
    """Share of one strategy: `weight` is a fraction of the capital, 0..1.

    `lends` True lets other strategies use the idle part.
    """

    strategy_id: str
    weight: Decimal
    lends: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """Capital in use by a strategy, in base currency.

    `reserved` is held by actions under way; `invested` is the cost of positions.
    """

    strategy_id: str
    reserved: Decimal = ZERO
    invested: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.reserved + self.invested


@dataclass(frozen=True, slots=True)
class Available:
    """Capital for a new action in base currency: from the `own` share, plus `lent` by others."""

    own: Decimal
    lent: Decimal
    code: CapitalCode = CapitalCode.NONE
    reason: str = ""

    @property
    def total(self) -> Decimal:
        return self.own + self.lent


def check_shares(shares: Iterable[Share]) -> None:
    """Raise InvalidInput unless weights are in 0..1, ids are unique and the sum is at most 1."""
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
    """Return the additional capital that `strategy_id` may put at risk now.

    `capital` is the most that the bot may use, in base currency. Capital in use is never cut: a strategy above its
    share gets no own capital until it is below. Grants never raise the sum of all uses above `capital`.

    An idle share that does not lend is never granted to another strategy. A lending share goes to its owner first,
    except for the part that others already use. After weights or capital were lowered, the non-lending shares may not
    all fit. The free capital is then divided in proportion to their idle parts.

    The capital of a bot without shares is not split: the first request may use all of it.
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
