"""Which ends of a write are certain, by ccxt's own exceptions."""

from __future__ import annotations

import pytest

from argosy.domains.trading.venues.exchange.errors import translated_write
from argosy.domains.trading.venues.exchange.loader import ccxt_errors
from argosy.errors import (
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
)

CERTAIN: dict[str, type[VenueError]] = {
    "InsufficientFunds": InsufficientFunds,
    "InvalidOrder": OrderRejected,
    "OrderImmediatelyFillable": OrderRejected,
    "OrderNotFillable": OrderRejected,
    "DuplicateOrderId": DuplicateOrder,
    "OrderNotFound": VenueNotFound,
    "BadSymbol": VenueNotFound,
    "BadRequest": OrderRejected,
    "ArgumentsRequired": OrderRejected,
    "NotSupported": OrderRejected,
    "MarketClosed": OrderRejected,
    "PermissionDenied": PermissionRefused,
    "AuthenticationError": AuthFailed,
    "AccountSuspended": AuthFailed,
    "RateLimitExceeded": RateLimited,
}
UNCERTAIN = (
    "BaseError",
    "ExchangeError",
    "NetworkError",
    "RequestTimeout",
    "ExchangeNotAvailable",
    "OnMaintenance",
    "DDoSProtection",
    "InvalidNonce",
    "BadResponse",
    "NullResponse",
    "OperationFailed",
    "CancelPending",
)


@pytest.mark.parametrize("name", sorted(CERTAIN))
def test_certain_refusals(name: str) -> None:
    with pytest.raises(CERTAIN[name]) as caught, translated_write("binance", "the order"):
        raise getattr(ccxt_errors(), name)("binance says no")
    assert type(caught.value) is CERTAIN[name]


@pytest.mark.parametrize("name", UNCERTAIN)
def test_everything_else_is_unknown(name: str) -> None:
    with pytest.raises(UnknownOutcome), translated_write("binance", "the order"):
        raise getattr(ccxt_errors(), name)("binance 503 Service Unavailable")


@pytest.mark.parametrize("error", [ValueError("no JSON"), OSError("reset"), KeyError("id"), TimeoutError()])
def test_other_exceptions_are_unknown(error: Exception) -> None:
    with pytest.raises(UnknownOutcome), translated_write("binance", "the order"):
        raise error


@pytest.mark.parametrize("status", ["418 I'm a teapot", "429 Too Many Requests"])
def test_too_many_requests_were_refused(status: str) -> None:
    with pytest.raises(RateLimited), translated_write("binance", "the order"):
        raise ccxt_errors().DDoSProtection(f"binance {status} {{}}")


def test_a_duplicate_by_its_words() -> None:
    with pytest.raises(DuplicateOrder), translated_write("binance", "the order"):
        raise ccxt_errors().InvalidOrder('binance {"code":-2010,"msg":"Duplicate order sent."}')


def test_an_unknown_outcome_stays_what_it_is() -> None:
    with pytest.raises(UnknownOutcome, match="as it was"), translated_write("binance", "the order"):
        raise UnknownOutcome("as it was")
