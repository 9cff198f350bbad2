"""Consecutive windows, with their slugs and ids.

An id contains its window, so no table of ids is stored.
"""

from __future__ import annotations

import hashlib
import re

from argosy.domains.trading.sandbox.exchange.pairs import ASSETS
from argosy.domains.trading.sandbox.prediction.market import VenueMarket

INTERVALS_S = (300, 900)
LOOKBACK_S = 60
_SLUG = re.compile(r"^(?P<asset>[a-z]+)-updown-(?P<minutes>5|15)m-(?P<start>\d{9,11})$")
_SOURCE = "https://data.chain.link/streams/{asset}-usd-twap-60s-streams"
_OUTCOME_BITS, _INTERVAL_BITS, _ASSET_BITS, _START_BITS = 1, 1, 6, 40
_PLACE_BITS = _OUTCOME_BITS + _INTERVAL_BITS + _ASSET_BITS + _START_BITS


def window(seed: int, asset: str, interval_s: int, start_s: int) -> VenueMarket:
    """Return the market of one window."""
    slug = f"{asset}-updown-{interval_s // 60}m-{start_s}"
    place = _place(asset, interval_s, start_s)
    return VenueMarket(
        slug=slug,
        condition_id=f"0x{_id(seed, 'condition', place):064x}",
        asset=asset,
        interval_s=interval_s,
        start_ms=start_s * 1000,
        end_ms=(start_s + interval_s) * 1000,
        up_token=str(_id(seed, "token", place)),
        down_token=str(_id(seed, "token", place | 1)),
        rule=f"{asset}-{interval_s // 60}m-twap-{LOOKBACK_S}",
        lookback_s=LOOKBACK_S,
        resolution_source=_SOURCE.format(asset=asset),
    )


def by_slug(seed: int, slug: str) -> VenueMarket | None:
    found = _SLUG.match(slug)
    if found is None or found["asset"] not in ASSETS:
        return None
    interval_s, start_s = int(found["minutes"]) * 60, int(found["start"])
    return window(seed, found["asset"], interval_s, start_s) if start_s % interval_s == 0 else None


def by_id(seed: int, value: int) -> VenueMarket | None:
    """Return the market of a token or condition id; None for an id this seed never made."""
    place = value & ((1 << _PLACE_BITS) - 1)
    place >>= _OUTCOME_BITS
    interval_s = INTERVALS_S[place & 1]
    place >>= _INTERVAL_BITS
    asset = place & ((1 << _ASSET_BITS) - 1)
    start_s = place >> _ASSET_BITS
    if asset >= len(ASSETS) or start_s % interval_s:
        return None
    found = window(seed, ASSETS[asset], interval_s, start_s)
    return found if str(value) in found.tokens or value == int(found.condition_id, 16) else None


def _place(asset: str, interval_s: int, start_s: int) -> int:
    place = (start_s << _ASSET_BITS) | ASSETS.index(asset)
    return ((place << _INTERVAL_BITS) | INTERVALS_S.index(interval_s)) << _OUTCOME_BITS


def _id(seed: int, kind: str, place: int) -> int:
    """Return 256 bits: a hash in the upper bits, the window's place in the lower ones."""
    digest = hashlib.sha256(f"{seed}/{kind}/{place}".encode()).digest()
    return (int.from_bytes(digest, "big") >> _PLACE_BITS << _PLACE_BITS) | place
