"""Limit on the number of open WebSockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
TRY_LATER = 1013


class SocketLimit:
    """ASGI middleware that refuses WebSockets beyond `most` at their handshake.

    The close code asks the client to try again later.
    """

    def __init__(self, app: App, most: int) -> None:
        self._app = app
        self._most = most
        self._open = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if self._open >= self._most:
            await receive()
            await send({"type": "websocket.close", "code": TRY_LATER, "reason": "too many sockets are open"})
            return
        self._open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1
