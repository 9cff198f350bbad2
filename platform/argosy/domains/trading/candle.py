"""One bar of traded prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.wire import Wire


class Candle(Wire):
    """`at` is the bar's start; prices in quote currency, `volume` in base currency."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
