"""Retry failed reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina
from loguru import logger
from stamina.instrumentation import set_on_retry_hooks

from argosy.errors import ArgosyError, CircuitOpen, RateLimited
from argosy.infrastructure.resilience.deadline import Deadline

T = TypeVar("T")

# Stamina's own log line names neither the failed call nor the reason; `decide` below does.
set_on_retry_hooks([])


@dataclass(frozen=True, slots=True)
class CallRetryPolicy:
    """At most `attempts` calls in `timeout_s` seconds, with exponential back-off and jitter.

    Only errors marked as retryable are tried again. A venue's own `Retry-After` is obeyed up to `patience_s`;
    a longer one raises the error at once. An open circuit breaker is not waited for.
    """

    attempts: int = 3
    timeout_s: float = 20.0
    wait_initial_s: float = 0.1
    wait_max_s: float = 2.0
    jitter_s: float = 0.1
    patience_s: float = 5.0

    def run(self, call: Callable[[], T], deadline: Deadline | None = None) -> T:
        """Return the result of `call()`, or raise the last error if all attempts fail."""
        timeout = self.timeout_s if deadline is None else deadline.cap(self.timeout_s)

        def decide(error: Exception) -> bool | float:
            if not isinstance(error, ArgosyError) or not error.retryable or isinstance(error, CircuitOpen):
                return False
            left = timeout if deadline is None else deadline.remaining()
            logger.debug("a call failed and may be tried again: {}", error)
            if isinstance(error, RateLimited):
                return error.retry_after_s if error.retry_after_s <= min(self.patience_s, left) else False
            return left > 0

        for attempt in stamina.retry_context(
            on=decide,
            attempts=self.attempts,
            timeout=max(timeout, 0.001),
            wait_initial=self.wait_initial_s,
            wait_max=self.wait_max_s,
            wait_jitter=self.jitter_s,
        ):
            with attempt:
                return call()
        raise AssertionError("unreachable: the last attempt returns or raises")


NO_RETRY = CallRetryPolicy(attempts=1)
