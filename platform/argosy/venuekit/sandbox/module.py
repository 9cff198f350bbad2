"""Protocol of a sandbox module: one market with its accounts and its HTTP face."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from argosy.errors import InvalidInput

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """Record of one account at one venue.

    `lists` grow at their end only, so that a place in a list serves as cursor. The host cuts them into pages.
    `values` are the same on every page, such as holdings.
    """

    lists: Mapping[str, Iterable[Mapping[str, Any]]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


class SandboxModule(Protocol):
    """Simulated venues of one kind, served by a sandbox host beside other modules.

    A subclass inherits the defaults. `name` names the module in control requests and in the journal. All
    requests under `prefixes` are the module's. `faults` names the kinds of fault that its routes carry out
    themselves. `notes` are remarks for the operator. Names of accounts are in lower case.
    """

    name: str
    prefixes: Sequence[str]
    faults: frozenset[str] = frozenset()
    notes: Sequence[str] = ()

    def routes(self) -> Sequence[BaseRoute]:
        """Return the HTTP and WebSocket routes, with full paths under the prefixes."""
        ...

    def control_routes(self) -> Sequence[BaseRoute]:
        """Return the module's own control endpoints, with paths under `/sandbox`.

        Begin them with the module's name, so that no two modules have the same.
        """
        return ()

    def advance(self, now_ms: int) -> Iterator[None]:
        """Bring the market up to a time.

        Other requests are served at each `yield`: yield every few milliseconds of work.
        """
        return iter(())

    def state(self) -> Mapping[str, Any]:
        """Return figures for the page of the sandbox's state."""
        return {}

    def accounts(self) -> Iterable[str]:
        """Return the names of all accounts, oldest first."""
        ...

    def account(self, name: str) -> Mapping[str, Any] | None:
        """Return the balances of one account, None if it does not exist."""
        ...

    def totals(self) -> Mapping[str, Any]:
        """Return sums over all accounts, for checks."""
        return {}

    def record(self, account: str) -> Mapping[str, VenueRecord]:
        """Return the record of one account by venue: everything that happened to it."""
        ...

    def deposit(self, account: str, amount: Decimal, asset: str | None) -> None:
        """Add money to an account; open the account if it does not exist.

        Raises InvalidInput for an asset that the venue does not keep.
        """
        raise InvalidInput(f"{self.name} takes no deposits", found=account)

    def warm_up(self) -> None:
        """Import libraries that only some requests need; called in the background."""
        return


async def catch_up(module: SandboxModule, now_ms: int) -> None:
    """Bring a module up to a time, in slices between other requests."""
    for _ in module.advance(now_ms):
        await asyncio.sleep(0)
