"""The one way to a venue's write methods: decided once, sent at most once, never forgotten."""

from argosy.infrastructure.gateway.gateway import Gateway
from argosy.infrastructure.gateway.scoped import ScopedGateway

__all__ = ["Gateway", "ScopedGateway"]
