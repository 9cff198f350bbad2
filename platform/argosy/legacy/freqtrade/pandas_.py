"""pandas, imported when a candle strategy runs. Argosy itself works without it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from argosy.errors import ConfigError


@cache
def pandas() -> Any:
    """Return the module pandas. Raises ConfigError if it is not installed."""
    try:
        return import_module("pandas")
    except ImportError as error:
        raise ConfigError(
            "pandas is not installed: strategies on candles cannot compute their indicators",
            remedy="install pandas beside Argosy",
        ) from error
