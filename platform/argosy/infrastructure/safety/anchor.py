"""Remember the audit chain's newest row outside the database, to detect a cut-off end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from loguru import logger
from redis.exceptions import RedisError

from argosy.core.safety.audit import AuditRecord
from argosy.errors import InvalidInput, Unavailable
from argosy.infrastructure import redis as connections


@dataclass(frozen=True, slots=True)
class Anchor:
    """Record that the chain had the row `id` with `hash`; `source` names its place."""

    id: int
    hash: str
    source: str

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"


def anchor_of(record: AuditRecord, source: str = "") -> Anchor:
    return Anchor(record.id, record.hash, source)


def parse(text: str, source: str) -> Anchor:
    """Read an anchor from `<id>:<hash>`, as in a daily summary. Raises InvalidInput."""
    number, _, digest = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and int(number[:20]) and len(digest) == 64):
        raise InvalidInput("this is no anchor", expected="<id>:<64 hex digits>", found=repr(text[:100]))
    return Anchor(int(number), digest.lower(), source)


class RedisAnchor:
    """Anchor in the Redis key `audit:head`; only `replace` moves it back.

    Every method raises Unavailable.
    """

    _KEEP = """
    local have = redis.pcall('GET', KEYS[1])
    if type(have) == 'string' then
      local number, digest = string.match(have, '^(%d+):(%x+)$')
      if number and #digest == 64 and tonumber(number) >= tonumber(ARGV[1]) then return 0 end
    end
    redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
    return 1
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX) -> None:
        self._url = url
        self.key = f"{prefix}audit:head"

    def keep(self, anchor: Anchor) -> bool:
        """Save a newer anchor; return False if the saved one is as new."""
        try:
            return bool(
                connections.client(self._url).eval(self._KEEP, 1, self.key, str(anchor.id), anchor.hash)
            )
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be kept", found=str(error)) from error

    def replace(self, anchor: Anchor) -> None:
        """Save this anchor, whatever was saved before.

        For an operator who knows why the chain is a different one.
        """
        try:
            connections.client(self._url).set(self.key, str(anchor))
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be kept", found=str(error)) from error

    def read(self) -> Anchor | None:
        """Return the saved anchor; None if it is missing or invalid."""
        try:
            found = cast("bytes | None", connections.client(self._url).get(self.key))
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be read", found=str(error)) from error
        return self.parsed(found)

    @staticmethod
    def parsed(found: bytes | None) -> Anchor | None:
        """Return the anchor in a value of Redis, or None if the value is invalid."""
        try:
            return None if found is None else parse(found.decode(errors="replace"), "Redis")
        except InvalidInput as error:
            logger.error("Redis's record of the audit is deleted: {}", error)
            return None
