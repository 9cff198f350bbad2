"""Addresses of the two servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """URLs in the forms of redis-py/Celery and SQLAlchemy (psycopg 3)."""

    redis_url: str
    database_url: str
