"""Conversion of ccxt's exceptions to our error tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from argosy.domains.trading.venues.exchange.loader import ccxt_errors
from argosy.errors import (
    AuthFailed,
    BadReply,
    DuplicateOrder,
    InsufficientFunds,
    NeverSent,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)

# Errors that ccxt's parsers raise for an unexpected reply: they do not check replies.
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
# The exchange, or ccxt before sending, certainly refused. Every other error leaves the outcome of a write
# unknown.
_REFUSALS: tuple[tuple[str, type[VenueError]], ...] = (
    ("DuplicateOrderId", DuplicateOrder),
    ("InsufficientFunds", InsufficientFunds),
    ("OrderNotFound", VenueNotFound),
    ("InvalidOrder", OrderRejected),
    ("BadSymbol", VenueNotFound),
    ("BadRequest", OrderRejected),
    ("ArgumentsRequired", OrderRejected),
    ("NotSupported", OrderRejected),
    ("OperationRejected", OrderRejected),
    ("PermissionDenied", PermissionRefused),
    ("AuthenticationError", AuthFailed),
    ("RateLimitExceeded", RateLimited),
)
_TOO_MANY = re.compile(r"\b(418|429)\b")
# Errors of the connection pool before any byte was sent.
_NOT_CONNECTED = frozenset({"NewConnectionError", "ConnectTimeoutError", "NameResolutionError"})


def never_sent(error: BaseException) -> bool:
    """Return True if no connection was made, so that no request can have had an effect."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not isinstance(one, BaseException):
            continue
        seen.add(id(one))
        if type(one).__name__ in _NOT_CONNECTED:
            return True
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return False


def found_order(fetch: Callable[..., Any], *arguments: Any) -> Any:
    """Return the answer of `fetch`; None if the exchange reports no such order."""
    try:
        return fetch(*arguments)
    except ccxt_errors().OrderNotFound:
        return None


def _words(error: BaseException) -> str:
    """Return ccxt's message on one line.

    Addresses lose their query, which may be signed.
    """
    return re.sub(r"(https?://[^\s?]+)\?\S+", r"\1", " ".join(str(error).split()))[:200]


@contextmanager
def translated_write(venue: str, what: str) -> Iterator[None]:
    """Convert errors of a write as `translate_errors` does.

    Every error except a certain refusal becomes UnknownOutcome.
    """
    library = ccxt_errors()
    try:
        yield
    except (UnknownOutcome, NeverSent):
        raise
    except library.BaseError as error:
        text = _words(error)
        found = f"{type(error).__name__}: {text}"
        kind = next((kind for name, kind in _REFUSALS if isinstance(error, getattr(library, name))), None)
        if isinstance(error, library.DDoSProtection) and _TOO_MANY.search(text[:60]):
            kind = RateLimited
        if kind is OrderRejected and "duplicate" in text.lower():  # not every table has a code for it
            kind = DuplicateOrder
        if kind is not None:
            raise kind(f"{venue} refused {what}", found=found) from None
        raise UnknownOutcome(
            f"{venue} gave no certain answer to {what}",
            found=found,
            remedy="wait: reconciliation queries the outcome",
        ) from None
    except Exception as error:
        raise UnknownOutcome(
            f"{venue} gave no certain answer to {what}",
            found=f"{type(error).__name__}: {_words(error)}",
            remedy="wait: reconciliation queries the outcome",
        ) from error


@contextmanager
def translate_errors(venue: str, what: str) -> Iterator[None]:
    """Convert ccxt's errors to errors of `argosy.errors`."""
    library = ccxt_errors()
    try:
        yield
    except library.BaseError as error:
        kind = next((kind for name, kind in _KINDS if isinstance(error, getattr(library, name))), VenueError)
        text = _words(error)
        raise kind(f"{venue} refused {what}", found=f"{type(error).__name__}: {text}") from None
    except _PARSER_FAULTS as error:
        raise BadReply(
            f"{venue}'s answer to {what} cannot be read", found=f"{type(error).__name__}: {_words(error)}"
        ) from None
