"""Limits on an HTTP server's connections: their number, and the time of a request.

The server's own protocol would keep a connection with half a request forever. `Bounded` is mixed into that protocol
and closes connections that wait for their client for too long. If all places are taken, the connection that has
waited longest is closed. So a complete request always gets a place.
"""

from __future__ import annotations

import asyncio
import resource
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

BACKLOG = 128
"""Connections accepted per turn of the event loop.

Fewer than the places, so that none is dropped before it is read.
"""
RESERVE = 192
"""File descriptors reserved for databases, files and connections being accepted."""
MOST_DESCRIPTORS = 8192


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a server.

    Seconds: `header_s` for all headers, `body_s` for the whole body, `stalled_s` for a client that does not read.
    """

    connections: int = 512
    header_s: float = 10.0
    body_s: float = 15.0
    stalled_s: float = 30.0


class Admission:
    """Connections of one server, with those that wait for their client, longest first."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.waiting: dict[Bounded, None] = {}
        self.open: set[Bounded] = set()

    def admit(self, connection: Bounded) -> bool:
        """Admit the connection. Return False if there is no place.

        If all places are taken, the connection that has waited longest is closed.
        """
        if len(self.open) >= self.bounds.connections:
            longest = next(iter(self.waiting), None)
            if longest is None:
                return False
            longest.drop()
        self.open.add(connection)
        return True

    def release(self, connection: Bounded) -> None:
        self.open.discard(connection)
        self.waiting.pop(connection, None)


class Bounded(ABC, asyncio.Protocol):
    """Connection with limits, mixed in before the server's own protocol.

    `phase` returns the reason for waiting: `headers`, `body` and `idle` wait for the client. None means that the
    server works on a request.
    """

    admission: ClassVar[Admission]
    _timer: asyncio.TimerHandle | None = None
    _phase: str | None = None
    _raw: Any = None

    @abstractmethod
    def phase(self) -> str | None: ...

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw = transport  # uvloop's transports are no subclasses of asyncio's
        if not self.admission.admit(self):
            self._raw.abort()
            return
        super().connection_made(transport)
        self._follow("headers")

    def connection_lost(self, exc: Exception | None) -> None:
        known = self in self.admission.open
        self._leave()
        if known:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self not in self.admission.open:
            return
        super().data_received(data)
        self._follow(self.phase())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._follow("stalled")

    def resume_writing(self) -> None:
        super().resume_writing()
        self._follow(self.phase())

    def request_ended(self) -> None:
        """Update the timer after a complete answer. Called by the protocol."""
        self._follow(self.phase())

    def upgraded(self) -> None:
        """Stop the limits when another protocol takes over the connection. Called by the protocol."""
        self._leave()

    def drop(self) -> None:
        """Close the connection at once: the client is too slow, or another one needs the place."""
        transport = self._raw
        lost = self in self.admission.open
        self._leave()
        if transport is not None:
            transport.abort()
        if lost:
            super().connection_lost(None)

    def _leave(self) -> None:
        self.admission.release(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _follow(self, phase: str | None) -> None:
        """Start the timer when the connection begins to wait.

        Further bytes in the same phase do not restart it.
        """
        if self not in self.admission.open or phase == self._phase:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._phase = phase
        self.admission.waiting.pop(self, None)
        if phase is not None:
            bounds = self.admission.bounds
            limit_s = {"body": bounds.body_s, "stalled": bounds.stalled_s}.get(phase, bounds.header_s)
            self.admission.waiting[self] = None
            self._timer = asyncio.get_running_loop().call_later(limit_s, self.drop)


def bound_protocol(protocol: type, bounds: Bounds) -> type:
    """Return the protocol class with its own admission; each server needs its own class."""
    return type(protocol.__name__, (protocol,), {"admission": Admission(bounds)})


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files towards the hard limit; return the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # the system itself restricts the hard limit further
        return soft
    return wanted


def most_sockets(descriptors: int) -> int:
    """Return the number of WebSockets that may be open at once.

    They stay open for hours, so they get places of their own.
    """
    return max(8, min(2048, descriptors // 4))


def bounds_for(descriptors: int) -> Bounds:
    """Return bounds that leave descriptors for WebSockets and for the process's files."""
    left = descriptors - RESERVE - most_sockets(descriptors)
    return Bounds(connections=max(2 * BACKLOG, min(512, left)))
