"""Benches: one adapter, and the other side of its wire in a test's hands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum

from argosy.core.actions.action import Action
from argosy.core.ports import Documents
from argosy.core.venues.venue import Venue
from argosy.venuekit.testing.builders import ScriptedDocuments, cancel_order


class ScriptedReply(StrEnum):
    """ScriptedReply to the next write.

    `refused`: the venue certainly refuses it. `lost`: the venue carries it out, and its reply never comes.
    `dropped`: the request never reaches the venue, and the sender cannot know that.
    """

    NORMAL = "normal"
    REFUSED = "refused"
    LOST = "lost"
    DROPPED = "dropped"


class WireScript:
    """Script of the venue's side, and a record of what arrived there.

    `reply` is the reply to the next write. `arrived` is called once, when the next write arrives. `placed` and
    `cancelled` count the requests that arrived, refused ones too.
    """

    def __init__(self) -> None:
        self.reply = ScriptedReply.NORMAL
        self.arrived: Callable[[], None] | None = None
        self.is_down = False
        self.placed = 0
        self.cancelled = 0

    def next_reply(self, *, cancellation: bool = False) -> ScriptedReply:
        """Record a write that arrives, and return the reply to give."""
        reply, self.reply = self.reply, ScriptedReply.NORMAL
        if reply is ScriptedReply.DROPPED:
            return reply
        if cancellation:
            self.cancelled += 1
        else:
            self.placed += 1
        arrived, self.arrived = self.arrived, None
        if arrived is not None:
            arrived()
        return reply


class VenueBench(ABC):
    """One account at one venue, for the contract suite.

    `script` is None for a simulated account: it has no wire. `finds_lost`
    False: the venue has no means to find an order whose reply was lost, so its outcome stays unknown.
    """

    script: WireScript | None = None
    finds_lost = True

    def __init__(self, documents: Documents) -> None:
        self.documents = ScriptedDocuments(documents)
        self._count = 0

    @abstractmethod
    def connect(self) -> Venue:
        """Return a new adapter of the account over `documents`, as another process has one."""

    @abstractmethod
    def order(self, client_id: str) -> Action:
        """Return an order that rests at the venue."""

    def new_order(self) -> Action:
        """Return an order with a client id that was not used before."""
        self._count += 1
        return self.order(f"{self._count:032x}")

    def new_cancellation(self, order: Action) -> Action:
        """Return a cancellation of an order with a client id that was not used before."""
        self._count += 1
        return cancel_order(order, f"{self._count:032x}")
