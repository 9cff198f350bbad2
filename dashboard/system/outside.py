"""Calls from the event loop to ports that block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from loguru import logger

from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.errors import Unavailable
from argosy.infrastructure.events.announcement import announce
from argosy.infrastructure.state.overview import reachable

T = TypeVar("T")
PATIENCE_S = 3.0
_THREADS = 40
_limiters: RunVar[tuple[anyio.CapacityLimiter, anyio.CapacityLimiter]] = RunVar("threads of calls")


def _limiter(patience_s: float) -> anyio.CapacityLimiter:
    """Return the thread limit for reads, or the one for commands (a longer `patience_s`).

    Two limits keep a halt from waiting behind reads that hang with a server.
    """
    try:
        found = _limiters.get()
    except LookupError:
        found = anyio.CapacityLimiter(_THREADS), anyio.CapacityLimiter(_THREADS)
        _limiters.set(found)
    return found[patience_s > PATIENCE_S]


async def call(function: Callable[..., T], *args: object, patience_s: float = PATIENCE_S) -> T:
    """Run `function` in a thread. Raises Unavailable without an answer in `patience_s`."""

    def guarded() -> T:
        with reachable():
            return function(*args)

    try:
        with anyio.fail_after(patience_s):
            return await anyio.to_thread.run_sync(
                guarded, abandon_on_cancel=True, limiter=_limiter(patience_s)
            )
    except TimeoutError:
        raise Unavailable(
            "Redis does not answer in time",
            expected=f"an answer within {patience_s:g} s",
            remedy="`argosy doctor` checks the servers",
        ) from None


async def tell(events: EventBus, event: Event) -> None:
    """Publish an event of a change that is already saved.

    If Redis refuses it, the change still counts: only a warning is logged.
    """
    try:
        untold = await call(announce, events, event)
    except Unavailable as error:
        untold = str(error)
    if untold is not None:
        logger.warning("{} of {}: {}", event.type, event.bot_id or "the platform", untold)
