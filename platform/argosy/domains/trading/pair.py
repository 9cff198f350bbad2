"""Pairs of both outcomes of one market: a pair is worth 1, whichever outcome wins."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from argosy.core.money.money import ONE, ZERO
from argosy.core.venues.venue import Level
from argosy.core.wire import Wire
from argosy.domains.trading.fees import fee_per_share, walk_fee
from argosy.domains.trading.market import FeeSchedule


class PairEdge(Wire):
    """Cost and profit of `shares` pairs. Prices and edges are quote currency per share.

    `up_limit` and `down_limit` are the worst prices of the walk. `shares` 0 means that no size has the edge; the
    prices are then those of the best levels. `edge` is after fees and buffer, `profit` after fees only.
    """

    shares: Decimal
    up_average: Decimal
    down_average: Decimal
    up_limit: Decimal
    down_limit: Decimal
    fees: Decimal
    edge: Decimal
    profit: Decimal

    @property
    def cost(self) -> Decimal:
        """Cash needed for the pairs, fees included."""
        return self.shares * (self.up_average + self.down_average) + self.fees


def marginal_edge(schedule: FeeSchedule, up: Decimal, down: Decimal, buffer: Decimal) -> Decimal:
    """Return the edge of one more pair at these prices, after fees and buffer.

    Formula: 1 − (up + down) − fee(up) − fee(down) − buffer.
    """
    return ONE - up - down - fee_per_share(schedule, up) - fee_per_share(schedule, down) - buffer


def pair_edge(
    up_asks: Sequence[Level],
    down_asks: Sequence[Level],
    schedule: FeeSchedule,
    *,
    buffer: Decimal = ZERO,
    minimum: Decimal = ZERO,
    most: Decimal | None = None,
) -> PairEdge | None:
    """Return the largest size, up to `most`, whose every pair has an edge above `minimum`.

    Returns None without asks. Both asks are walked together, level against level: edge = 1 − (aU + aD) − fee(aU) −
    fee(aD) − buffer. aU and aD are the depth-weighted average prices. The price rises along the walk faster than
    the fee can fall (|d fee/dp| ≤ r < 1). So the marginal edge only falls, and the walk may stop at the first level
    without an edge.
    """
    if not up_asks or not down_asks:
        return None
    i = j = 0
    up_left, down_left = up_asks[0].size, down_asks[0].size
    up_taken: list[Level] = []
    down_taken: list[Level] = []
    shares = up_cost = down_cost = ZERO
    while most is None or shares < most:
        up, down = up_asks[i].price, down_asks[j].price
        if marginal_edge(schedule, up, down, buffer) <= minimum:
            break
        step = min(up_left, down_left)
        if most is not None:
            step = min(step, most - shares)
        if step > 0:
            up_taken.append(Level.model_construct(price=up, size=step))
            down_taken.append(Level.model_construct(price=down, size=step))
            shares += step
            up_cost += step * up
            down_cost += step * down
        up_left -= step
        down_left -= step
        if up_left <= 0:
            i += 1
            if i == len(up_asks):
                break
            up_left = up_asks[i].size
        if down_left <= 0:
            j += 1
            if j == len(down_asks):
                break
            down_left = down_asks[j].size
    if not shares:
        up, down = up_asks[0].price, down_asks[0].price
        edge = marginal_edge(schedule, up, down, buffer)
        return PairEdge(
            shares=ZERO,
            up_average=up,
            down_average=down,
            up_limit=up,
            down_limit=down,
            fees=ZERO,
            edge=edge,
            profit=ZERO,
        )
    fees = walk_fee(schedule, up_taken) + walk_fee(schedule, down_taken)
    profit = shares - up_cost - down_cost - fees
    return PairEdge(
        shares=shares,
        up_average=up_cost / shares,
        down_average=down_cost / shares,
        up_limit=up_taken[-1].price,
        down_limit=down_taken[-1].price,
        fees=fees,
        edge=profit / shares - buffer,
        profit=profit,
    )
