"""Reliable cancellation of asyncio tasks."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN_S = 0.5


async def cancel_and_wait(task: asyncio.Task[Any]) -> None:
    """Cancel the task until it has ended, and discard its error.

    One request is not enough: `asyncio.wait_for` of Python 3.11 loses it when its inner task ends at that
    moment.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN_S)
    if not task.cancelled():
        task.exception()
