"""Exits of a position, in freqtrade's order.

Order: signal, custom exit, stop, minimal return and trailing stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from argosy.legacy.freqtrade.callbacks import Callbacks
from argosy.legacy.freqtrade.options import Options
from argosy.legacy.freqtrade.position import OpenPosition

_LONGEST_REASON = 64


@dataclass(frozen=True, slots=True)
class PriceView:
    """Prices at one moment, or over one closed candle with its `low` and `high`.

    `rate` is the present price, or the candle's open. `signals` False checks levels only: the signals were read
    when the candle began.
    """

    rate: float
    at_ms: int
    low: float | None = None
    high: float | None = None
    enter: bool = False
    exit: bool = False
    signals: bool = True

    @property
    def best(self) -> float:
        return self.rate if self.high is None else self.high

    @property
    def worst(self) -> float:
        return self.rate if self.low is None else self.low


@dataclass(frozen=True, slots=True)
class Exit:
    """Exit. `kind` is freqtrade's name of the reason, `reason` the text of reports."""

    kind: str
    reason: str


def exits(
    position: OpenPosition,
    options: Options,
    look: PriceView,
    ask: Callbacks,
    trade: Callable[[], Any],
    pair: str,
) -> Iterator[Exit]:
    """Yield reasons to exit now, the first one first.

    Updates the position's stop and extremes.
    """
    at = datetime.fromtimestamp(look.at_ms / 1000, UTC)
    now = {"pair": pair, "current_time": at}
    position.see(look.best, look.worst)
    _move_stop(position, options, look, ask, trade, now)
    stopped = options.stoploss is not None and bool(position.stop) and position.stop >= look.worst
    if look.signals and options.use_exit_signal:
        yield from _signalled(position, options, look, ask, trade, now)
    if stopped and not position.trails:
        yield Exit("stop_loss", "stop loss")
    if not (look.enter and options.ignore_roi_if_entry_signal) and _paid(
        position, options, look, ask, trade, now
    ):
        yield Exit("roi", "minimal return")
    if stopped and position.trails:
        yield Exit("trailing_stop_loss", "trailing stop")


def _signalled(
    position: OpenPosition,
    options: Options,
    look: PriceView,
    ask: Callbacks,
    trade: Callable[[], Any],
    now: dict[str, Any],
) -> Iterator[Exit]:
    profit = position.profit(look.rate)
    if look.exit and not look.enter:
        if not options.exit_profit_only or profit > options.exit_profit_offset:
            yield Exit("exit_signal", "exit signal")
        return
    name = "custom_exit" if ask.has("custom_exit") else "custom_sell"
    if not ask.has(name):
        return
    answer = ask(name, False, trade=trade(), current_rate=look.rate, current_profit=profit, **now)
    if answer:
        yield Exit("custom_exit", answer[:_LONGEST_REASON] if isinstance(answer, str) else "custom exit")


def _move_stop(
    position: OpenPosition,
    options: Options,
    look: PriceView,
    ask: Callbacks,
    trade: Callable[[], Any],
    now: dict[str, Any],
) -> None:
    """Set the first stop, then trail it while the price is above it."""
    if options.stoploss is None:
        return
    position.raise_stop(position.entry, options.stoploss, initial=True)
    if position.stop >= look.worst:
        return
    profit = position.profit(look.best)
    part = options.stoploss
    if options.use_custom_stoploss and ask.has("custom_stoploss"):
        values = {"current_rate": look.best, "current_profit": profit, "after_fill": False, **now}
        found = ask("custom_stoploss", None, trade=trade(), **values)
        if found and not (math.isnan(found) or math.isinf(found)):
            part = float(found)
            position.raise_stop(look.best, part)
    if not options.trailing_stop:
        return
    if options.trailing_waits_for_offset and profit < options.trailing_offset:
        return
    if options.trailing_stop_positive is not None and profit > options.trailing_offset:
        part = options.trailing_stop_positive
    position.raise_stop(look.best, part)


def _paid(
    position: OpenPosition,
    options: Options,
    look: PriceView,
    ask: Callbacks,
    trade: Callable[[], Any],
    now: dict[str, Any],
) -> bool:
    """Return True if the minimal return for this duration is exceeded after fees."""
    minutes = position.minutes(look.at_ms)
    wanted = next((part for after, part in reversed(options.minimal_roi) if after <= minutes), None)
    if options.use_custom_roi and ask.has("custom_roi"):
        own = trade()
        values = {"trade_duration": minutes, "entry_tag": own.enter_tag, "side": "long", **now}
        found = ask("custom_roi", None, trade=own, **values)
        if found is not None and not (math.isnan(found) or math.isinf(found)):
            wanted = found if wanted is None else min(wanted, found)
    return wanted is not None and position.profit(look.best) > wanted
