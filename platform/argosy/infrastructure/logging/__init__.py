"""Logging by Loguru: lines carry bot, strategy, run and node, and secrets are removed."""

from argosy.infrastructure.logging.context import bind, bound
from argosy.infrastructure.logging.redact import register_secret
from argosy.infrastructure.logging.setup import configure

__all__ = ["bind", "bound", "configure", "register_secret"]
