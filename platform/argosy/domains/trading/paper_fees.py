"""Fees of paper accounts at exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

TAKER_FEES: Mapping[str, Decimal] = {
    "binance": Decimal("0.001"),
    "coinbase": Decimal("0.012"),
    "kraken": Decimal("0.004"),
}
"""Taker fee as a fraction of the turnover, for a new account (2026-10)."""
