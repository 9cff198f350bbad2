"""Random numbers that depend on a seed and a key only.

Any moment of a simulation can therefore be computed in any order.
"""

from __future__ import annotations

import hashlib
import math
from random import Random


def word(*key: object) -> int:
    """Return 64 well-mixed bits of the key."""
    text = "\x1f".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def uniform(*key: object) -> float:
    """Return a number in [0, 1)."""
    return (word(*key) >> 11) / (1 << 53)


def normal(*key: object) -> float:
    """Return a number of the standard normal distribution (Box–Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(*key, "r")))
    return radius * math.cos(2.0 * math.pi * uniform(*key, "a"))


def generator(*key: object) -> Random:
    """Return a separate generator, seeded by the key, for longer sequences."""
    return Random(word(*key))  # noqa: S311 - a market simulator, not a secret
