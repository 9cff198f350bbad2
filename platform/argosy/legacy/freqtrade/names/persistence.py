"""`freqtrade.persistence`: names for annotations. The bridge has no database of trades."""

from __future__ import annotations

from typing import Any

from argosy.legacy.freqtrade.refused import not_offered
from argosy.legacy.freqtrade.trade import Trade

__all__ = ["LocalTrade", "Order", "PairLocks", "Trade"]

LocalTrade = Trade


class _Absent(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_offered(
            cls.__name__, name, "leave it out of the strategy, or run the strategy under freqtrade"
        )


class Order(metaclass=_Absent):
    """Placeholder for orders of freqtrade's database."""


class PairLocks(metaclass=_Absent):
    """Placeholder for locks of freqtrade's database."""
