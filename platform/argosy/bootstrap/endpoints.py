"""Where the servers of this machine's stack are reached: the user's own, or those that `argosy up` started."""

from __future__ import annotations

from typing import Any

import orjson

from argosy.errors import NotRunning
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints


def running(settings: Settings) -> dict[str, Any]:
    """What `argosy up` wrote about the stack that runs; empty when there is none."""
    try:
        content: dict[str, Any] = orjson.loads((settings.run_dir / "runtime.json").read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return content


def endpoints_of(settings: Settings) -> Endpoints:
    """Raises NotRunning when a server is neither set nor started."""
    stack = running(settings) if settings.embedded else {}
    redis_url = settings.redis_url or stack.get("redisUrl")
    database_url = settings.database_url or stack.get("databaseUrl")
    if not redis_url or not database_url:
        raise NotRunning(
            "Argosy is not running on this machine",
            expected=f"a stack under {settings.home}, or ARGOSY_REDIS_URL and ARGOSY_DATABASE_URL",
            remedy="start it with `make up` (or `argosy up`)",
        )
    return Endpoints(redis_url=redis_url, database_url=database_url)


def sandbox_url_of(settings: Settings) -> str | None:
    """Base URL of the local venue server; None when the sandbox is switched off."""
    if not settings.sandbox.enabled:
        return None
    url = running(settings).get("urls", {}).get("sandbox")
    return url or f"http://{settings.sandbox.host}:{settings.sandbox.port}"
