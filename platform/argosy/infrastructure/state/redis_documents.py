"""Small documents in Redis."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, cast

import orjson

from argosy.core.ports import Versioned
from argosy.errors import Conflict
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.optimistic import update


class RedisDocuments:
    """Documents as hashes {v: version, d: JSON, t: token of the write}.

    Compare-and-set runs in a script. The client repeats a script when the answer was lost; the token then shows
    that the write is already done.
    """

    _PUT = """
    local have = tonumber(redis.call('HGET', KEYS[1], 'v') or '0')
    if have > 0 and redis.call('HGET', KEYS[1], 't') == ARGV[3] then return have end
    if ARGV[1] ~= '' and have ~= tonumber(ARGV[1]) then return -1 end
    redis.call('HSET', KEYS[1], 'v', have + 1, 'd', ARGV[2], 't', ARGV[3])
    return have + 1
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX) -> None:
        self._url = url
        self._prefix = prefix

    def _name(self, namespace: str, key: str) -> str:
        return f"{self._prefix}doc:{namespace}:{key}"

    def get(self, namespace: str, key: str) -> Versioned | None:
        version, raw = cast(
            "list[bytes | None]", connections.client(self._url).hmget(self._name(namespace, key), ["v", "d"])
        )
        if version is None or raw is None:
            return None
        return Versioned(orjson.loads(raw), int(version))

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        client = connections.client(self._url)
        version = int(
            cast(
                "Any",
                client.eval(
                    self._PUT,
                    1,
                    self._name(namespace, key),
                    "" if expected is None else expected,
                    cast("Any", orjson.dumps(value)),
                    secrets.token_hex(8),
                ),
            )
        )
        if version < 0:
            raise Conflict(f"document {namespace}/{key} changed meanwhile", expected=f"version {expected}")
        return version

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        return update(self, namespace, key, change)

    def delete(self, namespace: str, key: str) -> bool:
        return bool(connections.client(self._url).delete(self._name(namespace, key)))

    def keys(self, namespace: str) -> list[str]:
        start = self._name(namespace, "")
        found = connections.client(self._url).scan_iter(match=_glob_escape(start) + "*", count=500)
        return sorted(cast("bytes", name).decode().removeprefix(start) for name in found)


def _glob_escape(text: str) -> str:
    return "".join(f"\\{c}" if c in "*?[]\\" else c for c in text)
