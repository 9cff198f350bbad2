"""Error for unsupported parts of freqtrade: using one never goes unnoticed."""

from __future__ import annotations

from argosy.errors import ConfigError


class NotOffered(ConfigError, AttributeError):
    """Use of a freqtrade feature that the bridge does not have."""


def not_offered(where: str, name: str, remedy: str) -> NotOffered:
    return NotOffered(
        f"the strategy uses `{where}.{name}`, which the freqtrade bridge does not offer: it would trade otherwise "
        "than under freqtrade, so it is not run",
        remedy=remedy,
    )
