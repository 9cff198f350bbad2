"""Settings sections of the domains."""

from __future__ import annotations

from pydantic import BaseModel

from argosy.infrastructure.config import known


def domain_sections() -> list[tuple[str, type[BaseModel]]]:
    """Return (section, model) for each domain that has settings."""
    return list(known.domain_sections().items())
