"""Trading's sandbox in a thread, for tests, examples and notebooks."""

from __future__ import annotations

from argosy.domains.trading.sandbox.world import World
from argosy.venuekit.sandbox.server import HostThread


class SandboxThread(HostThread):
    """Context manager that serves a world of trading in a thread, by default on a free port.

    Use as `with SandboxThread(world) as sandbox:`. `sandbox.url` is the base address.
    """

    def __init__(self, world: World, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(world.host, host=host, port=port)
        self.world = world
