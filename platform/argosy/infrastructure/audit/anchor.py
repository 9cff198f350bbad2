"""Where the chain's newest row is remembered outside the database, so that a cut-off end is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from loguru import logger
from redis.exceptions import RedisError

from argosy.core.audit import AuditRecord
from argosy.errors import InvalidInput, Unavailable
from argosy.infrastructure import redis as connections


@dataclass(frozen=True, slots=True)
class Anchor:
    """That the chain had the row `id` with `hash`; `source` says who remembers it."""

    id: int
    hash: str
    source: str

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"


def anchor_of(record: AuditRecord, source: str = "") -> Anchor:
    return Anchor(record.id, record.hash, source)


def parse(text: str, source: str) -> Anchor:
    """From `<id>:<hash>`, as it stands in a daily summary. Raises InvalidInput."""
    number, _, digest = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and int(number[:20]) and len(digest) == 64):
        raise InvalidInput("this is no anchor", expected="<id>:<64 hex digits>", found=repr(text[:100]))
    return Anchor(int(number), digest.lower(), source)


class RedisAnchor:
    """Key `audit:head`; it only moves on. Raises Unavailable."""

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
        """False when what is remembered is as new."""
        try:
            return bool(
                connections.client(self._url).eval(self._KEEP, 1, self.key, str(anchor.id), anchor.hash)
            )
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be kept", found=str(error)) from error

    def replace(self, anchor: Anchor) -> None:
        """Remembers this one, whatever was remembered: for an operator who knows why the chain is another."""
        try:
            connections.client(self._url).set(self.key, str(anchor))
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be kept", found=str(error)) from error

    def read(self) -> Anchor | None:
        """None too for a value that is no anchor."""
        try:
            found = cast("bytes | None", connections.client(self._url).get(self.key))
        except RedisError as error:
            raise Unavailable("the audit's anchor cannot be read", found=str(error)) from error
        return self.parsed(found)

    @staticmethod
    def parsed(found: bytes | None) -> Anchor | None:
        """The anchor in a value of Redis; None for a value that is none."""
        try:
            return None if found is None else parse(found.decode(errors="replace"), "Redis")
        except InvalidInput as error:
            logger.error("what Redis remembers of the audit is forgotten: {}", error)
            return None
