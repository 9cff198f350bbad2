"""Emergency flags in Redis and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from redis.exceptions import RedisError

from argosy.core.emergency import PLATFORM_SCOPE, EmergencyFlag, EmergencyState, worst
from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.redis import read_flag


def effective(flags: Sequence[EmergencyFlag]) -> EmergencyFlag:
    """The worst along the path; HALT while the platform's own flag is not known."""
    if not any(flag.scope == PLATFORM_SCOPE for flag in flags):
        return EmergencyFlag(
            PLATFORM_SCOPE,
            EmergencyState.HALT,
            0,
            "the platform's emergency flag is missing: restore it first",
        )
    found = worst(flags)
    assert found is not None  # the platform's flag is among them
    return found


class RedisEmergencyFlags:
    """Keys `flag:<scope>`; a write with an epoch that is not newer changes nothing."""

    _WRITE = """
    local have = redis.call('GET', KEYS[1])
    if have then
      local epoch = tonumber(string.match(have, '^%u+|(%d+)|') or '-1')
      if epoch >= tonumber(ARGV[1]) then return 0 end
    end
    redis.call('SET', KEYS[1], ARGV[2])
    return 1
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX) -> None:
        self._url = url
        self._prefix = prefix

    def read(self, scopes: Sequence[str]) -> list[EmergencyFlag]:
        try:
            values = connections.client(self._url).mget([f"{self._prefix}flag:{scope}" for scope in scopes])
        except RedisError as error:
            raise Unavailable("the emergency flags cannot be read", found=str(error)) from error
        flags = (read_flag(s, v) for s, v in zip(scopes, cast("list[bytes | None]", values), strict=True))
        return [flag for flag in flags if flag is not None]

    def write(self, flag: EmergencyFlag) -> bool:
        client = connections.client(self._url)
        try:
            return bool(
                client.eval(self._WRITE, 1, f"{self._prefix}flag:{flag.scope}", flag.epoch, flag.encode())
            )
        except RedisError as error:
            raise Unavailable("the emergency flag cannot be written", found=str(error)) from error

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        try:
            return effective(self.read(scopes))
        except Unavailable as error:
            return EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, str(error))


class MemoryEmergencyFlags:
    """For tests, notebooks and backtests; starts NORMAL unless told otherwise."""

    def __init__(self, *flags: EmergencyFlag) -> None:
        self._flags = {
            flag.scope: flag for flag in (EmergencyFlag(PLATFORM_SCOPE, EmergencyState.NORMAL, 1), *flags)
        }

    def read(self, scopes: Sequence[str]) -> list[EmergencyFlag]:
        return [self._flags[scope] for scope in scopes if scope in self._flags]

    def write(self, flag: EmergencyFlag) -> bool:
        present = self._flags.get(flag.scope)
        if present is not None and present.epoch >= flag.epoch:
            return False
        self._flags[flag.scope] = flag
        return True

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        return effective(self.read(scopes))
