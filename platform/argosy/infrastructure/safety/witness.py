"""Remember the database's newest rows in Redis, to recognise a restore from an older backup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from redis.exceptions import RedisError

from argosy.core.safety.restored_database import RememberedRows
from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.safety.anchor import RedisAnchor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Witness(Protocol):
    """Memory of the newest rows, outside the database.

    `anchor` is the part for the audit, which the audit itself moves on.
    """

    @property
    def anchor(self) -> RedisAnchor: ...

    def read(self) -> RememberedRows:
        """Return the remembered rows. Raises Unavailable."""
        ...

    def bots(self) -> frozenset[str]:
        """Return the bots that ever acted, as far as Redis remembers. Raises Unavailable."""
        ...

    def doubted(self) -> frozenset[str]:
        """Return the bots that a resume after a restore left out. Raises Unavailable."""
        ...

    def doubt(self, bots: Iterable[str]) -> None:
        """Add bots to the doubted ones. Raises Unavailable."""
        ...

    def trust(self, bot_id: str) -> None:
        """Remove a bot from the doubted ones. Raises Unavailable."""
        ...

    def keep(self, change_id: int, at: datetime, bot_id: str) -> None:
        """Remember a bot's change of an intent unless a newer one is known. Raises Unavailable."""
        ...

    def replace(self, found: RememberedRows) -> None:
        """Remember these rows and forget all others. Raises Unavailable."""
        ...


class RedisWitness:
    """Witness in the Redis keys `books:change`, `books:bots` and `audit:head`.

    `books:change` is `<id>:<microseconds>`; `books:bots` and `books:doubted` are sets of ids. The audit's own anchor moves `audit:head` on.
    """

    _KEEP = """
    redis.pcall('SADD', KEYS[2], ARGV[3])
    local have = redis.pcall('GET', KEYS[1])
    if type(have) == 'string' then
      local number = string.match(have, '^(%d+):%d+$')
      if number and tonumber(number) >= tonumber(ARGV[1]) then return 0 end
    end
    redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
    return 1
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX) -> None:
        self._url = url
        self._change = f"{prefix}books:change"
        self._bots = f"{prefix}books:bots"
        self._doubted = f"{prefix}books:doubted"
        self.anchor = RedisAnchor(url, prefix=prefix)

    def read(self) -> RememberedRows:
        """Return the remembered rows; an unreadable value counts as missing."""
        try:
            change, audit = cast(
                "list[bytes | None]", connections.client(self._url).mget([self._change, self.anchor.key])
            )
        except RedisError as error:
            raise Unavailable("Redis's record of the database cannot be read", found=str(error)) from error
        anchor = self.anchor.parsed(audit)
        return RememberedRows(_parsed(change), None if anchor is None else (anchor.id, anchor.hash))

    def bots(self) -> frozenset[str]:
        return self._members(self._bots)

    def doubted(self) -> frozenset[str]:
        return self._members(self._doubted)

    def doubt(self, bots: Iterable[str]) -> None:
        names = sorted(bots)
        if not names:
            return
        try:
            connections.client(self._url).sadd(self._doubted, *names)
        except RedisError as error:
            raise Unavailable("Redis cannot remember the doubted bots", found=str(error)) from error

    def trust(self, bot_id: str) -> None:
        try:
            connections.client(self._url).srem(self._doubted, bot_id)
        except RedisError as error:
            raise Unavailable("Redis cannot forget a doubted bot", found=str(error)) from error

    def _members(self, key: str) -> frozenset[str]:
        try:
            found = cast("set[bytes]", connections.client(self._url).smembers(key))
        except RedisError as error:
            raise Unavailable("the bots that acted cannot be read from Redis", found=str(error)) from error
        return frozenset(each.decode(errors="replace") for each in found)

    def keep(self, change_id: int, at: datetime, bot_id: str) -> None:
        keys = (self._change, self._bots)
        try:
            connections.client(self._url).eval(self._KEEP, 2, *keys, str(change_id), _micros(at), bot_id)
        except RedisError as error:
            raise Unavailable("Redis cannot remember the newest change", found=str(error)) from error

    def replace(self, found: RememberedRows) -> None:
        change = "" if found.change is None else f"{found.change[0]}:{_micros(found.change[1])}"
        audit = "" if found.audit is None else f"{found.audit[0]}:{found.audit[1]}"
        try:  # both or none; an empty value counts as missing
            connections.client(self._url).mset({self._change: change, self.anchor.key: audit})
        except RedisError as error:
            raise Unavailable("Redis cannot remember the newest rows", found=str(error)) from error


def _micros(at: datetime) -> str:
    return str((at - _EPOCH) // _MICROSECOND)


def _parsed(raw: bytes | None) -> tuple[int, datetime] | None:
    number, _, micros = (raw or b"").decode(errors="replace").partition(":")
    if not (number.isascii() and number.isdigit() and micros.isascii() and micros.isdigit()):
        return None
    try:
        return int(number), _EPOCH + int(micros) * _MICROSECOND
    except OverflowError:
        return None
