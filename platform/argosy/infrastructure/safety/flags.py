"""Store emergency flags in Redis and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import redis
from redis.exceptions import RedisError

from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, stored_flag, worst
from argosy.core.scope import PLATFORM_SCOPE
from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections


def effective(flags: Sequence[EmergencyFlag]) -> EmergencyFlag:
    """Return the strictest flag along the path; HALT while the platform's own flag is missing."""
    if not any(flag.scope == PLATFORM_SCOPE for flag in flags):
        return EmergencyFlag(
            PLATFORM_SCOPE,
            EmergencyState.HALT,
            0,
            "the platform's emergency flag is missing: restore it first",
        )
    found = worst(flags)
    assert found is not None  # the platform's flag is in `flags`
    return found


class RedisEmergencyFlags:
    """Emergency flags in the Redis keys `flag:<scope>`; only a newer epoch overwrites a flag."""

    # An invalid value (another type, unknown state, epoch over 15 digits) is overwritten like a missing flag.
    _PRESENT = """
    local names = {NORMAL = 1, ALERT = 1, HALT = 1, SHUTDOWN = 1}
    local have = redis.pcall('GET', KEYS[1])
    local present, epoch = nil, 0
    if type(have) == 'string' then
      local named, number = string.match(have, '^(%u+)|(%d+)|')
      if named and names[named] and #number <= 15 then present, epoch = named, tonumber(number) end
    end
    """

    _WRITE = f"""{_PRESENT}
    if present and epoch >= tonumber(ARGV[1]) then return 0 end
    redis.call('SET', KEYS[1], ARGV[2])
    return 1
    """

    # The flag may be missing or older than PostgreSQL, which cannot be read. Seconds since 1970 exceed any
    # epoch that was counted from 1, so the older state of PostgreSQL never overwrites this stop.
    _STOP = f"""{_PRESENT}
    local state = present == 'SHUTDOWN' and present or 'HALT'
    epoch = math.max(epoch + 1, tonumber(redis.call('TIME')[1]))
    local value = string.format('%s|%d|%s', state, epoch, ARGV[1])
    redis.call('SET', KEYS[1], value)
    return value
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX, hasty: bool = False) -> None:
        """Store the address; no connection is opened.

        `hasty`: calls raise Unavailable within about two seconds and do not wait for Redis to come back.
        """
        self._url = url
        self._prefix = prefix
        self._hasty = hasty

    def read(self, scopes: Sequence[str]) -> list[EmergencyFlag]:
        try:
            values = self._client().mget([f"{self._prefix}flag:{scope}" for scope in scopes])
        except RedisError as error:
            raise Unavailable("the emergency flags cannot be read", found=str(error)) from error
        flags = (stored_flag(s, v) for s, v in zip(scopes, cast("list[bytes | None]", values), strict=True))
        return [flag for flag in flags if flag is not None]

    def write(self, flag: EmergencyFlag) -> bool:
        try:
            return bool(
                self._client().eval(
                    self._WRITE, 1, f"{self._prefix}flag:{flag.scope}", flag.epoch, flag.encode()
                )
            )
        except RedisError as error:
            raise Unavailable("the emergency flag cannot be written", found=str(error)) from error

    def stop(self, scope: str, reason: str) -> EmergencyFlag:
        """Set HALT with an epoch above those of Redis and PostgreSQL; SHUTDOWN stays.

        For a PostgreSQL that cannot be written. Raises Unavailable.
        """
        try:
            value = self._client().eval(self._STOP, 1, f"{self._prefix}flag:{scope}", reason)
        except RedisError as error:
            raise Unavailable("the emergency flag cannot be written", found=str(error)) from error
        return EmergencyFlag.decode(scope, cast("bytes", value).decode())

    def every(self) -> list[EmergencyFlag]:
        """Return all flags, corrupt ones as HALT. Raises Unavailable."""
        start = f"{self._prefix}flag:"
        try:
            names = cast("list[bytes]", list(self._client().scan_iter(match=f"{start}*", count=1000)))
        except RedisError as error:
            raise Unavailable("the emergency flags cannot be read", found=str(error)) from error
        return self.read(sorted(name.decode().removeprefix(start) for name in names)) if names else []

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        try:
            return effective(self.read(scopes))
        except Unavailable as error:
            return EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, str(error))

    def _client(self) -> redis.Redis:
        return connections.client(self._url, hasty=self._hasty)


class MemoryEmergencyFlags:
    """Emergency flags in memory for tests, notebooks and backtests.

    The platform is NORMAL unless `flags` says otherwise.
    """

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

    def every(self) -> list[EmergencyFlag]:
        return [self._flags[scope] for scope in sorted(self._flags)]

    def effective(self, scopes: Sequence[str]) -> EmergencyFlag:
        return effective(self.read(scopes))
