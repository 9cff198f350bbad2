"""Values for building the modules of one sandbox server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from argosy.core.clock import Clock, SystemClock
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.journal import SandboxJournal


@dataclass(frozen=True)
class SandboxEnvironment:
    """Values for building the modules of one sandbox server.

    `clock` is the venues' time; `wall` is the machine's own. A module keeps what it acknowledges in
    `journal.part(name)`. With `recordings` the module plays them instead of a simulation,
    shifted by whole windows of `window_s` seconds. With `loop` they start again at their end. `options` are the domain's own, as text.
    """

    seed: int
    clock: VenueClock
    wall: Clock
    journal: SandboxJournal
    opening_balance: Decimal = Decimal(10_000)
    recordings: Sequence[Path] = ()
    window_s: int | None = None
    loop: bool = True
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(
        cls,
        *,
        seed: int = 7,
        speed: float = 1.0,
        clock: Clock | None = None,
        journal: SandboxJournal | None = None,
        opening_balance: Decimal = Decimal(10_000),
        recordings: Sequence[Path] = (),
        window_s: int | None = None,
        loop: bool = True,
        options: Mapping[str, str] | None = None,
    ) -> SandboxEnvironment:
        """Return an environment whose venue time runs `speed` times as fast as `clock`.

        Without a clock it is the machine's. Without a journal nothing is kept.
        """
        wall = clock or SystemClock()
        return cls(
            seed=seed,
            clock=VenueClock(wall, speed),
            wall=wall,
            journal=journal or SandboxJournal(),
            opening_balance=opening_balance,
            recordings=recordings,
            window_s=window_s,
            loop=loop,
            options=options or {},
        )

    @property
    def mode(self) -> str:
        return "replay" if self.recordings else "simulated"
