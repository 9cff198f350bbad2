"""Browsers in small: sockets that note when each event arrived."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

SUBSCRIBE = '{"op":"subscribe","scope":{"kind":"bot","botId":"bench"},"after":null,"batch":%s}'
_SENT = re.compile(r'"sentNs":(\d+)')


@dataclass
class Heard:
    """`waits_ms` from publish to arrival; `told` counts coalesced events and resets the server told of."""

    waits_ms: list[float] = field(default_factory=list)
    told: int = 0

    def take(self, text: str) -> None:
        now = time.time_ns()
        stamps = _SENT.findall(text)
        self.waits_ms += [(now - int(stamp)) / 1e6 for stamp in stamps]
        if not stamps and ('"coalesced"' in text or '"reset"' in text):
            self.told += 1


async def listen(
    url: str, sockets: int, deaf: int, seconds: float, expected: int, ready: asyncio.Event
) -> list[Heard]:
    """What each of the sockets that read heard, until all have `expected` events or the time is over."""
    heard = [Heard() for _ in range(sockets)]
    batch = "true" if sockets > 1 else "false"
    quiet = [await _open(url, batch, read=False) for _ in range(deaf)]
    open_ = [await _open(url, batch, read=True) for _ in range(sockets)]
    ready.set()
    tasks = [asyncio.create_task(_read(s, h, expected)) for s, h in zip(open_, heard, strict=True)]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    for socket in [*open_, *quiet]:
        socket.transport.abort()
    return heard


async def _open(url: str, batch: str, *, read: bool) -> ClientConnection:
    socket = await connect(
        url, compression=None, max_size=None, ping_interval=None, max_queue=64 if read else 1
    )
    await socket.send(SUBSCRIBE % batch)
    if read:
        await socket.recv()
    return socket


async def _read(socket: ClientConnection, heard: Heard, expected: int) -> None:
    while len(heard.waits_ms) < expected:
        heard.take(str(await socket.recv()))
