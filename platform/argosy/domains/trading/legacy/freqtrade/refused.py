"""Parts of freqtrade that are not offered here: using one is an error, never a silent difference."""

from __future__ import annotations

from argosy.errors import ConfigError


class NotOffered(ConfigError, AttributeError):
    """A strategy uses a part of freqtrade that the bridge does not have."""


def not_offered(where: str, name: str, remedy: str) -> NotOffered:
    return NotOffered(
        f"the strategy uses `{where}.{name}`, which the freqtrade bridge does not offer: it would trade otherwise "
        "than under freqtrade, so it is not run",
        remedy=remedy,
    )
