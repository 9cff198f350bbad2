"""Where the two servers are reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """URLs in the forms redis-py/Celery and SQLAlchemy (psycopg 3) take."""

    redis_url: str
    database_url: str
