"""When the simulated books misbehave: rare real bargains, and the artefacts that only look like them.

Per minute of a window, its first and last left out: a real dislocation with probability 0.12 (one book moves away
from the other's mirror for 4 to 12 s, both fresh; an expected 1.6 in 15 minutes); one outcome's servers showing an
old book with probability 0.35 (2 to 10 s); a locked or crossed old book with probability 0.10 (1 to 3 s).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from argosy.domains.trading.sandbox.chance import uniform
from argosy.domains.trading.sandbox.venue import VenueMarket

Kind = Literal["dislocated", "stale", "crossed"]
RATES: dict[Kind, float] = {"dislocated": 0.12, "stale": 0.35, "crossed": 0.10}
_LENGTHS_MS: dict[Kind, tuple[int, int]] = {
    "dislocated": (4_000, 12_000),
    "stale": (2_000, 10_000),
    "crossed": (1_000, 3_000),
}
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Episode:
    """`token` is the outcome it happens to; `amount` in [0, 1) says how strong it is."""

    kind: Kind
    token: str
    start_ms: int
    end_ms: int
    amount: float


@lru_cache(maxsize=512)
def episodes(seed: int, market: VenueMarket) -> tuple[Episode, ...]:
    """All of one window, by start."""
    found: list[Episode] = []
    minutes = (market.end_ms - market.start_ms) // _MINUTE_MS
    for minute in range(1, minutes - 1):
        for kind, rate in RATES.items():
            key = (seed, "episode", market.slug, minute, kind)
            if uniform(*key) >= rate:
                continue
            shortest, longest = _LENGTHS_MS[kind]
            length = shortest + int((longest - shortest) * uniform(*key, "length"))
            start = (
                market.start_ms + minute * _MINUTE_MS + int((_MINUTE_MS - length) * uniform(*key, "start"))
            )
            token = market.tokens[int(uniform(*key, "token") * 2)]
            found.append(Episode(kind, token, start, start + length, uniform(*key, "amount")))
    return tuple(sorted(found, key=lambda episode: episode.start_ms))


def current(seed: int, market: VenueMarket, now_ms: int, kind: Kind) -> Episode | None:
    for episode in episodes(seed, market):
        if episode.kind == kind and episode.start_ms <= now_ms < episode.end_ms:
            return episode
    return None
