"""Ending a task for certain."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN_S = 0.5


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancels the task until it has ended; its error is dropped.

    One request is not enough: `asyncio.wait_for` of Python 3.11 swallows it when its inner task ends at that moment.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN_S)
    if not task.cancelled():
        task.exception()
