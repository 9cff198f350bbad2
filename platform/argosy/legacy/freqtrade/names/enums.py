"""`freqtrade.enums`: names that strategies compare with."""

from __future__ import annotations

from enum import StrEnum

from argosy.legacy.freqtrade.data import RunMode

__all__ = ["CandleType", "ExitType", "RunMode", "TradingMode"]


class CandleType(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"
    MARK = "mark"
    INDEX = "index"
    FUNDING_RATE = "funding_rate"


class TradingMode(StrEnum):
    SPOT = "spot"
    MARGIN = "margin"
    FUTURES = "futures"


class ExitType(StrEnum):
    ROI = "roi"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP_LOSS = "trailing_stop_loss"
    EXIT_SIGNAL = "exit_signal"
    CUSTOM_EXIT = "custom_exit"
    FORCE_EXIT = "force_exit"
    EMERGENCY_EXIT = "emergency_exit"
