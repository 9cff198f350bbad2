"""Registration of the bridge to old bots: its node in the trading domain."""

from __future__ import annotations

from argosy.legacy import node
from argosy.venuekit.domain import DomainPackage

PACKAGE = DomainPackage(name="legacy", extends="trading", node_modules=(node,))
