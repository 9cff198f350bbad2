"""Protocols for everything that nodes, engine and entry points need from outside.

Implementations live in `argosy.infrastructure` and the domains; `argosy.bootstrap` wires them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from argosy.core.actions.action import Action, ActionResult
from argosy.core.event import Event
from argosy.core.money.portfolio import Portfolio
from argosy.core.money.trades import TradeRecord
from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.venues.venue import Venue


class EventBus(Protocol):
    """Ordered stream of events with a bounded length."""

    def publish(self, event: Event) -> str:
        """Append the event and return its seq."""
        ...

    def read(self, after: str | None = None, limit: int = 1000) -> list[Event]:
        """Return events after `after` (None: from the first kept), oldest first.

        Raises EventsTrimmed when `after` is older than the first kept event.
        """
        ...

    def subscribe(
        self, pattern: str = "*", after: str | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        """Iterate over events whose topic matches the glob `pattern`, until `stop()` returns True.

        `after` None starts with events from now on.
        """
        ...

    async def aread(self, after: str | None, limit: int = 1000, block_ms: int = 0) -> list[Event]:
        """Read like `read`, waiting up to `block_ms` for the first event."""
        ...

    def asubscribe(self, pattern: str = "*", after: str | None = None) -> AsyncIterator[Event]: ...

    def first_seq(self) -> str | None: ...

    def last_seq(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Versioned:
    value: Any
    version: int


class Documents(Protocol):
    """Small JSON documents with compare-and-set: memory of strategies and of the paper venue."""

    def get(self, namespace: str, key: str) -> Versioned | None: ...

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        """Store `value` and return its new version (1, 2, …).

        `expected` None overwrites any version. 0 requires that the document does not exist yet. Raises Conflict
        when the version differs.
        """
        ...

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Read, change and write a document atomically.

        `change` gets the value, None when absent. A race may call it again.
        """
        ...

    def delete(self, namespace: str, key: str) -> bool: ...

    def keys(self, namespace: str) -> list[str]: ...


class EmergencyFlags(Protocol):
    """Fast copy of the emergency states, read by every node."""

    def read(self, scopes: Sequence[str]) -> list[EmergencyFlag]:
        """Return the flags that are set, in the order of `scopes`.

        Raises Unavailable when they cannot be read.
        """
        ...

    def write(self, flag: EmergencyFlag) -> bool:
        """Store the flag and return True; return False if a newer epoch is stored."""
        ...

    def every(self) -> list[EmergencyFlag]:
        """Return every flag, corrupt ones as HALT; raise Unavailable when they cannot be read."""
        ...

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        """Return the strictest flag along the path.

        Returns HALT with a reason when the platform's own flag is missing or corrupt.
        """
        ...


class Venues(Protocol):
    """Venues of one bot; in paper mode fills are simulated and reads are real."""

    def get(self, name: str) -> Venue:
        """Return the venue; raise NotFound that lists the available venues."""
        ...

    def names(self) -> list[str]: ...


@runtime_checkable
class VenueDomains(Protocol):
    """Collection that knows the domain of each venue."""

    def domain_of(self, name: str) -> str:
        """Return the domain of the venue, "" if unknown."""
        ...


class ActionGateway(Protocol):
    """Only access to a venue's write methods.

    `submit` returns one result for each action, in order. A refusal is a result, never an exception. Actions of
    one call that are legs of the same group are decided together: all or none.
    """

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]: ...


class Books(Protocol):
    """Ledger of one bot in one mode."""

    def portfolio(self, strategy_id: str | None = None) -> Portfolio:
        """Return cash, positions at their marks, profit and fees in base currency.

        They are the bot's, or those of one strategy.
        """
        ...

    def available(self, strategy_id: str | None = None) -> Decimal:
        """Return the capital that may be put at risk now, in base currency.

        That is the share plus borrowed capital, less the capital in use.
        """
        ...


class TradeRecords(Protocol):
    """Closed trades of one bot in one mode by the ledger."""

    def trades(self, strategy_id: str | None = None) -> TradeRecord | None:
        """Return the trades of one strategy or of all.

        Returns None if nothing is booked, or while counting is not finished.
        """
        ...

    def held(self, strategy_id: str) -> Mapping[tuple[str, str], Decimal]:
        """Return the open positions of one strategy by venue and symbol."""
        ...


class Fetcher(Protocol):
    """Plain HTTP GET, restricted to the allow-list."""

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> Any: ...


class Notifier(Protocol):
    def notify(self, title: str, body: str, *, level: str = "info") -> None: ...


class Dispatcher(Protocol):
    """Service that starts runs on the workers."""

    def run_bot(self, bot_id: str, *, trigger: str = "manual", due: datetime | None = None) -> str:
        """Request a run and return its id; the overlap rule may still skip the run."""
        ...
