"""Wait for PostgreSQL only as long as a stop button may take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

from argosy.errors import Unavailable

T = TypeVar("T")


def answer_within(seconds: float, call: Callable[[], T]) -> T:
    """Make a call to PostgreSQL in a thread and wait for it at most `seconds`.

    Raises Unavailable when PostgreSQL does not answer in time: it may be frozen, or another lock blocks it. A call
    that completes later still takes effect.
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
            answer.set_exception(error)

    threading.Thread(target=ask, name="argosy-halt", daemon=True).start()
    try:
        return answer.result(seconds)
    except FutureTimeout as error:
        raise Unavailable(f"Postgres has not answered for {seconds:g} s") from error
