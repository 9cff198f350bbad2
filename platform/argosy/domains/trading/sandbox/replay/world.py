"""World that plays recordings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from argosy.core.clock import Clock
from argosy.domains.trading.sandbox.modules import feeds_of
from argosy.domains.trading.sandbox.world import World, world_of
from argosy.venuekit.sandbox.environment import SandboxEnvironment


def replayed(
    paths: Sequence[Path | str],
    *,
    seed: int = 7,
    speed: float = 1.0,
    clock: Clock | None = None,
    window_s: int | None = None,
    loop: bool = True,
    opening_balance: Decimal = Decimal(10_000),
) -> World:
    """Return a world that plays recordings. Raises InvalidInput for a file that is no recording."""
    environment = SandboxEnvironment.at(
        seed=seed,
        speed=speed,
        clock=clock,
        opening_balance=opening_balance,
        recordings=[Path(path) for path in paths],
        window_s=window_s,
        loop=loop,
    )
    return world_of(environment, feeds_of(environment))
