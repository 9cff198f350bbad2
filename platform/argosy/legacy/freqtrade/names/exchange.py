"""`freqtrade.exchange`: lengths of candles and the dates between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from argosy.domains.trading.candle import begin_ms, length_ms


def timeframe_to_msecs(timeframe: str) -> int:
    return length_ms(timeframe)


def timeframe_to_seconds(timeframe: str) -> int:
    return length_ms(timeframe) // 1000


def timeframe_to_minutes(timeframe: str) -> int:
    return length_ms(timeframe) // 60_000


def timeframe_to_prev_date(timeframe: str, date: datetime | None = None) -> datetime:
    """Return the start of the candle that covers `date` (default: now)."""
    at = datetime.now(UTC) if date is None else date
    return datetime.fromtimestamp(begin_ms(int(at.timestamp() * 1000), length_ms(timeframe)) / 1000, UTC)


def timeframe_to_next_date(timeframe: str, date: datetime | None = None) -> datetime:
    """Return the start of the next candle."""
    return timeframe_to_prev_date(timeframe, date) + timedelta(milliseconds=length_ms(timeframe))


def date_minus_candles(timeframe: str, candle_count: int, date: datetime | None = None) -> datetime:
    """Return the start of the candle `candle_count` before the one of `date`."""
    return timeframe_to_prev_date(timeframe, date) - timedelta(
        milliseconds=length_ms(timeframe) * candle_count
    )
