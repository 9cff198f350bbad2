"""From ccxt's exceptions to the error tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from argosy.domains.trading.venues.exchange.loader import ccxt_errors
from argosy.errors import (
    AuthFailed,
    BadReply,
    PermissionRefused,
    RateLimited,
    VenueError,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)

# What ccxt's parsers raise when a reply is not what they expect: they do not check.
_PARSER_FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
# Narrow before wide: the first match wins.
_KINDS: tuple[tuple[str, type[VenueError]], ...] = (
    ("DDoSProtection", RateLimited),
    ("RateLimitExceeded", RateLimited),
    ("RequestTimeout", VenueTimeout),
    ("InvalidNonce", VenueError),
    ("BadResponse", BadReply),
    ("OperationFailed", VenueUnavailable),
    ("AuthenticationError", AuthFailed),
    ("PermissionDenied", PermissionRefused),
    ("BadSymbol", VenueNotFound),
    ("OrderNotFound", VenueNotFound),
)


@contextmanager
def translated(venue: str, what: str) -> Iterator[None]:
    """Turns whatever ccxt raises inside into an error of `argosy.errors`."""
    library = ccxt_errors()
    try:
        yield
    except library.BaseError as error:
        kind = next((kind for name, kind in _KINDS if isinstance(error, getattr(library, name))), VenueError)
        text = " ".join(str(error).split())[:200]
        raise kind(f"{venue} refused {what}", found=f"{type(error).__name__}: {text}") from None
    except _PARSER_FAULTS as error:
        raise BadReply(
            f"{venue}'s answer to {what} cannot be read", found=f"{type(error).__name__}: {str(error)[:120]}"
        ) from None
