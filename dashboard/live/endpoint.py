"""WebSocket endpoint `/ws`: makes a `Connection` of each Starlette WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from argosy.core.ports import EventBus
from argosy.errors import ArgosyError
from dashboard.cancelling import cancel_and_wait
from dashboard.live.connection import Connection, FloodedError
from dashboard.live.hub import Hub
from dashboard.live.snapshot import Snapshots
from dashboard.meters import Meters

MOST_SOCKETS = 1_000
_POLICY, _TRY_LATER = 1008, 1013


class LiveEndpoint:
    """WebSocket endpoint for `MOST_SOCKETS` clients; later ones are asked to try again later."""

    def __init__(self, hub: Hub, bus: EventBus, snapshots: Snapshots, meters: Meters) -> None:
        self._hub = hub
        self._bus = bus
        self._snapshots = snapshots
        self._meters = meters
        self._open = 0

    async def serve(self, websocket: WebSocket) -> None:
        await websocket.accept()
        if self._open >= MOST_SOCKETS:
            await websocket.close(_TRY_LATER, "too many clients")
            return
        connection = Connection(self._hub, self._bus, self._snapshots, self._meters, websocket.send_text)
        self._open += 1
        self._meters.clients(self._open)
        try:
            await self._serve(websocket, connection)
        finally:
            connection.close()
            self._open -= 1
            self._meters.clients(self._open)

    async def _serve(self, websocket: WebSocket, connection: Connection) -> None:
        pump = asyncio.create_task(connection.pump())
        listen = asyncio.create_task(_listen(websocket, connection))
        code, reason = 1000, ""
        try:
            done, _ = await asyncio.wait((pump, listen), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                match task.exception():
                    case None | WebSocketDisconnect() | OSError():
                        pass
                    case FloodedError():
                        code, reason = _POLICY, "read the answers before asking more"
                    case ArgosyError() as error:
                        code, reason = _TRY_LATER, error.code
                    case BaseException() as error:
                        raise error
        finally:
            await asyncio.gather(cancel_and_wait(pump), cancel_and_wait(listen))
            if websocket.client_state is not WebSocketState.DISCONNECTED:
                with suppress(RuntimeError, OSError, WebSocketDisconnect):
                    await websocket.close(code, reason)


async def _listen(websocket: WebSocket, connection: Connection) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            connection.refuse_binary()
        else:
            connection.receive(text)
