"""Faults on demand: the failures of real venues, switched on by a test or a person."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pydantic import Field, field_validator

from argosy.core.wire import Wire
from argosy.venuekit.sandbox.chance import uniform

HOST_KINDS = frozenset({"latency", "status", "garbage", "drop_before", "drop_after"})
"""Kinds that the host carries out for every request."""
ROUTE_KINDS = frozenset({"reject", "duplicate", "partial_fill"})
"""Kinds that many modules know; their routes carry them out."""
OWN_MARK = "."
"""Sign between a module's name and a kind that it alone knows."""


class Fault(Wire):
    """One row of the fault table.

    `endpoint` is a glob over "METHOD /path" ("POST /meter/reading", "* /meter/*"). The fault
    strikes with `probability`, at most `times` times (None: without end).

    Kinds for every request:
    - latency: the answer comes `latency_ms` later.
    - status: the answer is `status` with `body`, and the request has no effect. 429 and 503 carry
        Retry-After.
    - garbage: the answer is 200 with a body that is not JSON.
    - drop_before: the connection is closed and the request has no effect.
    - drop_after: the request is carried out, then the connection is closed.

    With `executed`, latency, status and garbage come after the request has been carried out.

    Kinds for orders and cancellations:
    - reject: the request is refused with `body`.
    - duplicate: the request is carried out and answered as one that was done before.

    Kind for orders:
    - partial_fill: `share` of the size fills and the rest is cancelled.

    A module's own kind is written with its name before it: "meter.stuck". With `module` the fault strikes
    requests to that module only.
    """

    id: str = ""
    endpoint: str = "*"
    module: str | None = None
    kind: str
    probability: float = Field(default=1.0, gt=0, le=1)
    times: int | None = Field(default=None, ge=1)
    latency_ms: int = Field(default=1000, ge=0, le=600_000)
    status: int = Field(default=500, ge=400, le=599)
    share: float = Field(default=0.5, gt=0, lt=1)
    body: str = ""
    executed: bool = False
    retry_after_s: int = Field(default=1, ge=0, le=3600)
    struck: int = 0

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in HOST_KINDS | ROUTE_KINDS and not all(value.partition(OWN_MARK)):
            kinds = ", ".join(sorted(HOST_KINDS | ROUTE_KINDS))
            raise ValueError(f"unknown kind of fault {value!r}; expected {kinds}, or MODULE.KIND")
        return value

    @property
    def effect(self) -> str:
        """Kind without the name of a module: the effect that a route carries out."""
        return self.kind.rpartition(OWN_MARK)[2]


def fault_of(scope: Mapping[str, Any]) -> Fault | None:
    """Return the fault that the route has to carry out itself, or None."""
    found: Fault | None = scope.get("state", {}).get("fault")
    return found


class FaultTable:
    """Faults in the order they were added.

    Of the rows that strike, latencies add up until the first other fault, which ends the search.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rows: dict[str, Fault] = {}
        self._prefixes: dict[str, Sequence[str]] = {}
        self._serial = itertools.count(1)
        self._draws = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, fault: Fault, prefixes: Sequence[str] | None = None) -> Fault:
        """Add a row; with `prefixes` it strikes requests to paths under them only."""
        with self._lock:
            row = fault.model_copy(update={"id": f"fault-{next(self._serial)}", "struck": 0})
            self._rows[row.id] = row
            if prefixes is not None:
                self._prefixes[row.id] = prefixes
            return row

    def remove(self, fault_id: str) -> bool:
        with self._lock:
            self._prefixes.pop(fault_id, None)
            return self._rows.pop(fault_id, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self._prefixes.clear()

    def rows(self) -> list[dict[str, Any]]:
        with self._lock:
            return [row.to_wire() for row in self._rows.values()]

    def strike(self, method: str, path: str) -> list[Fault]:
        """Return the faults of this request: latencies, then at most one other fault."""
        if not self._rows:
            return []
        name = f"{method} {path}"
        struck: list[Fault] = []
        with self._lock:
            for row in list(self._rows.values()):
                if not fnmatchcase(name, row.endpoint) or not self._reaches(row.id, path):
                    continue
                if row.times is not None and row.struck >= row.times:
                    continue
                if row.probability < 1 and uniform(self._seed, "fault", next(self._draws)) >= row.probability:
                    continue
                self._rows[row.id] = row.model_copy(update={"struck": row.struck + 1})
                struck.append(row)
                if row.kind != "latency":
                    break
        return struck

    def _reaches(self, fault_id: str, path: str) -> bool:
        prefixes = self._prefixes.get(fault_id)
        return prefixes is None or any(f"{path}/".startswith(f"{prefix}/") for prefix in prefixes)
