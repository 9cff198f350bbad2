"""Episodes in which the simulated books misbehave.

Some are rare real bargains, others are artefacts that only look like bargains. Each kind has a probability
per minute of a window, except in its first and last minute:

- dislocated, 0.12: one book moves away from the other's mirror for 4 to 12 s. Both books are fresh. A window
    of 15 minutes has an expected 1.6 of them.
- stale, 0.35: the servers show an old book of one outcome for 2 to 10 s.
- crossed, 0.10: the servers show an old book that is locked or crossed for 1 to 3 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.venuekit.sandbox.chance import uniform

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
    """One period in which a book misbehaves.

    `token` is the affected outcome. `amount` in [0, 1) is the strength.
    """

    kind: Kind
    token: str
    start_ms: int
    end_ms: int
    amount: float


@lru_cache(maxsize=512)
def episodes(seed: int, market: VenueMarket) -> tuple[Episode, ...]:
    """Return all episodes of one window, by start."""
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
