"""What nodes, engine and entry points need of the outside, as protocols.

Implementations live in `argosy.infrastructure` and the domains; `argosy.bootstrap` wires them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from argosy.core.action import Action, ActionResult
from argosy.core.audit import AuditEntry
from argosy.core.emergency import EmergencyFlag
from argosy.core.event import Event
from argosy.core.portfolio import Portfolio
from argosy.core.trades import TradeRecord
from argosy.core.venue import Venue


class EventBus(Protocol):
    """One ordered stream of events with a bounded length."""

    def publish(self, event: Event) -> str:
        """Appends and returns the seq it was given."""
        ...

    def read(self, after: str | None = None, limit: int = 1000) -> list[Event]:
        """Events after `after` (None: from the first kept), oldest first.

        Raises EventsTrimmed when `after` is older than what is kept.
        """
        ...

    def subscribe(
        self, pattern: str = "*", after: str | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        """Events whose topic matches the glob `pattern`; from now on when `after` is None. Ends when `stop()`."""
        ...

    async def aread(self, after: str | None, limit: int = 1000, block_ms: int = 0) -> list[Event]:
        """As `read`, waiting up to `block_ms` for the first event."""
        ...

    def asubscribe(self, pattern: str = "*", after: str | None = None) -> AsyncIterator[Event]: ...

    def first_seq(self) -> str | None: ...

    def last_seq(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Versioned:
    value: Any
    version: int


class Documents(Protocol):
    """Small JSON documents with compare-and-set; what strategies and the paper venue remember."""

    def get(self, namespace: str, key: str) -> Versioned | None: ...

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        """Stores and returns the new version (1, 2, …).

        `expected` None writes whatever is there; 0 means it must not exist yet. Raises Conflict.
        """
        ...

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Atomic read-modify-write: `change` gets the value (None when absent), may be called again on a race."""
        ...

    def delete(self, namespace: str, key: str) -> bool: ...

    def keys(self, namespace: str) -> list[str]: ...


class EmergencyFlags(Protocol):
    """The fast copy of the emergency states that every node reads."""

    def read(self, scopes: Sequence[str]) -> list[EmergencyFlag]:
        """Flags that are set, in the order of `scopes`. Raises Unavailable when they cannot be known."""
        ...

    def write(self, flag: EmergencyFlag) -> bool:
        """Stores it unless a newer epoch is there; False when it was older."""
        ...

    def every(self) -> list[EmergencyFlag]:
        """Every flag there is, corrupt ones as HALT. Raises Unavailable when they cannot be known."""
        ...

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        """The worst along the path; HALT with a reason when the platform's own flag is missing or corrupt."""
        ...


class Venues(Protocol):
    """The venues as one bot sees them: in paper mode fills are simulated, reads are real."""

    def get(self, name: str) -> Venue:
        """Raises NotFound naming the venues there are."""
        ...

    def names(self) -> list[str]: ...


@runtime_checkable
class VenueDomains(Protocol):
    """Venues that know the domain which brought each of them."""

    def domain_of(self, name: str) -> str:
        """ "" where it is not known."""
        ...


class ActionGateway(Protocol):
    """The only way to a venue's write methods. One result an action, in order; never raises for a refusal.

    Actions of one call that are legs of the same group are decided together: all of them or none.
    """

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]: ...


class Books(Protocol):
    """What the ledger says of one bot in one mode."""

    def portfolio(self, strategy_id: str | None = None) -> Portfolio:
        """Cash, positions at their marks, profit and fees in base currency: of the bot, or of one strategy."""
        ...

    def available(self, strategy_id: str | None = None) -> Decimal:
        """Capital that may be put at risk now, base currency: the share, what is lent, less what is in use."""
        ...


class TradeRecords(Protocol):
    """Closed trades of one bot in one mode by the ledger."""

    def trades(self, strategy_id: str | None = None) -> TradeRecord | None:
        """Of one strategy, or of all; None where nothing is booked, or not all of it is counted yet."""
        ...


class Auditor(Protocol):
    """The tamper-evident record of changes."""

    def record(self, entry: AuditEntry) -> None:
        """Raises Unavailable: a change that cannot be recorded must not be made."""
        ...


class Fetcher(Protocol):
    """Plain HTTP GET restricted to the allow-list."""

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> Any: ...


class Notifier(Protocol):
    def notify(self, title: str, body: str, *, level: str = "info") -> None: ...


class Dispatcher(Protocol):
    """Starts runs on the workers."""

    def run_bot(self, bot_id: str, *, trigger: str = "manual", due: datetime | None = None) -> str:
        """Asks for a run and returns the id it will have if it starts (overlap may skip it)."""
        ...
