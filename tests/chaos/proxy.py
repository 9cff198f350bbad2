"""Proxy process between workers and Redis, Postgres and the venue.

Each way can be cut in several manners. Network namespaces cannot do that, because embedded servers are also
reached through Unix sockets. A proxy cuts every kind of socket and needs no rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from chaos.paths import ROOT, environment

Manner = Literal["open", "silent", "reset", "deaf", "held"]
"""State of a way.

- `silent`: nothing goes either way.
- `reset`: connections are torn, new ones are refused.
- `deaf`: requests arrive, answers do not come back.
- `held`: everything sent arrives when the way is open again, as in a network that delivers late.
"""
MANNERS: tuple[Manner, ...] = ("silent", "reset", "deaf", "held")
PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Upstream:
    """Target of a way: a Unix socket (`path`), or host and port."""

    path: str = ""
    host: str = ""
    port: int = 0


@dataclass(eq=False, slots=True)
class Route:
    """One way and its current state."""

    upstream: Upstream
    manner: Manner = "open"
    passable: asyncio.Event = field(default_factory=asyncio.Event)
    lines: set[Line] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.passable.set()

    def become(self, manner: Manner) -> None:
        self.manner = manner
        if manner in ("silent", "held"):
            self.passable.clear()
        else:
            self.passable.set()
        for line in list(self.lines):
            if manner == "silent":
                line.spoilt = True
            elif manner == "reset" or (manner == "open" and line.spoilt):
                line.tear()


@dataclass(eq=False, slots=True)
class Line:
    """One connection.

    `spoilt` means that some of its data was lost, so it cannot go on once the way is open.
    """

    route: Route
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    spoilt: bool = False

    async def carry(self) -> None:
        self.route.lines.add(self)
        try:
            await self.route.passable.wait()  # connected, from the near side's view
            if self.route.manner == "reset":
                raise ConnectionResetError
            up = self.route.upstream
            reader, self.far = await (
                asyncio.open_unix_connection(up.path)
                if up.path
                else asyncio.open_connection(up.host, up.port)
            )
            await asyncio.gather(
                self._pump(self.reader, self.far, answers=False),
                self._pump(reader, self.writer, answers=True),
            )
            for writer in (self.far, self.writer):
                writer.close()
        except OSError:
            self.tear()
        finally:
            self.route.lines.discard(self)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(PIECE):
            await self.route.passable.wait()
            if self.route.manner == "deaf" and answers:
                self.spoilt = True
                continue
            if self.spoilt and self.route.manner == "open":
                raise ConnectionAbortedError
            writer.write(data)
            await writer.drain()
        await self.route.passable.wait()
        if writer.can_write_eof():
            writer.write_eof()

    def tear(self) -> None:
        """End both sides with a reset."""
        for writer in (self.writer, self.far):
            if writer is None:
                continue
            link = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


async def serve(upstreams: Mapping[str, Upstream]) -> None:
    """Listen on one port a route, print the ports, and obey commands from stdin until it ends."""
    routes = {name: Route(upstream) for name, upstream in upstreams.items()}
    ports: dict[str, int] = {}
    servers = []
    for name, route in routes.items():

        async def met(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, route: Route = route
        ) -> None:
            await Line(route, reader, writer).carry()

        server = await asyncio.start_server(met, "127.0.0.1", 0)
        servers.append(server)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while line := await commands.readline():
        wanted = json.loads(line)
        for name in wanted["routes"]:
            routes[name].become(wanted["manner"])
        print("done", flush=True)
    os._exit(0)  # open connections end with the process, so that none is closed one by one


class Proxy:
    """The proxy process from outside.

    `ports` are the loopback ports of the routes.
    """

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "chaos.proxy",
                json.dumps({name: asdict(up) for name, up in upstreams.items()}),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        assert self._process.stdout is not None
        self.ports: Mapping[str, int] = json.loads(self._process.stdout.readline())

    def become(self, routes: Iterable[str], manner: Manner) -> None:
        """Put these ways into a state; it holds when the call returns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"routes": list(routes), "manner": manner}) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n", "the proxy ended"

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait(10)


if __name__ == "__main__":
    asyncio.run(serve({name: Upstream(**each) for name, each in json.loads(sys.argv[1]).items()}))
