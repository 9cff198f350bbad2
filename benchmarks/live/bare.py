"""The yardstick: Redis publish/subscribe forwarded to WebSockets as it comes, with nothing in between.

`python -m benchmarks.live.bare REDIS_URL PORT`
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

CHANNEL = "bench"


def app(redis_url: str) -> Starlette:
    sockets: set[WebSocket] = set()

    async def forward() -> None:
        async with redis.asyncio.Redis.from_url(redis_url).pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            async for message in pubsub.listen():
                if message["type"] == "message":
                    text = message["data"].decode()
                    for socket in list(sockets):
                        await socket.send_text(text)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(forward())
        yield
        task.cancel()

    async def serve(websocket: WebSocket) -> None:
        await websocket.accept()
        sockets.add(websocket)
        try:
            async for _ in websocket.iter_text():
                await websocket.send_text('{"type":"snapshot"}')
        finally:
            sockets.discard(websocket)

    async def healthz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/healthz", healthz), WebSocketRoute("/ws", serve)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        app(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
    )
