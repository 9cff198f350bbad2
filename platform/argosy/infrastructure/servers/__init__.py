"""Embedded real servers: Valkey and PostgreSQL from wheels, as children of whoever starts them."""

from argosy.infrastructure.servers.embedded import EmbeddedServers
from argosy.infrastructure.servers.endpoints import Endpoints

__all__ = ["EmbeddedServers", "Endpoints"]
