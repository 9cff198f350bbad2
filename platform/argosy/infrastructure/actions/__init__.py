"""Decide each action once, send it at most once, and keep a record of it.

The gateway is the only caller of a venue's write methods.
"""

from argosy.infrastructure.actions.gateway import Gateway
from argosy.infrastructure.actions.scoped import ScopedGateway

__all__ = ["Gateway", "ScopedGateway"]
