"""Run this package's Lua scripts on the process's shared Redis client."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import RedisError

from argosy.core.clock import Clock
from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections


@cache
def _source(name: str) -> str:
    return (files("argosy.infrastructure.resilience") / "lua" / f"{name}.lua").read_text()


class Scripts:
    """Runner of scripts by digest.

    The time is the `clock`'s if given, else the server's, which all workers share.
    """

    def __init__(self, url: str, clock: Clock | None) -> None:
        self._url = url
        self._clock = clock

    def run(self, name: str, keys: Sequence[str], *args: object) -> Any:
        """Run a script and return its answer; its first argument is the time. Raises Unavailable."""
        now = "" if self._clock is None else repr(self._clock.monotonic() * 1000)
        client = connections.client(self._url)
        try:
            script = client.register_script(_source(name))
            return script(keys=list(keys), args=[now, *(str(argument) for argument in args)])
        except RedisError as error:
            raise self.unavailable(error) from error

    @staticmethod
    def unavailable(error: RedisError) -> Unavailable:
        return Unavailable(
            "Redis does not answer, so rate limits and circuit breakers cannot be known",
            found=type(error).__name__,
            remedy="check that Redis runs: argosy doctor",
        )
