"""A task that swallows a request to end is asked again."""

from __future__ import annotations

import asyncio

from dashboard.cancelling import cancel_and_wait


def test_a_swallowed_cancellation_is_repeated() -> None:
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 2:
                    raise

    async def main() -> None:
        task = asyncio.create_task(deaf())
        await asyncio.sleep(0)
        await asyncio.wait_for(cancel_and_wait(task), 10)
        assert task.done()

    asyncio.run(main())
    assert swallowed == 2


def test_the_error_of_an_ended_task_is_dropped() -> None:
    async def broken() -> None:
        raise RuntimeError("over")

    async def main() -> None:
        task = asyncio.create_task(broken())
        await asyncio.sleep(0)
        await cancel_and_wait(task)

    asyncio.run(main())
