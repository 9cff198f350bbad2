"""Descriptions and resolutions of markets, in the formats of recorders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from argosy.core.clock import from_ms
from argosy.core.exact_json import load_exact
from argosy.domains.trading.market import DOWN, UP, window_of
from argosy.domains.trading.payout import HALF, final_payouts, is_refund, is_split
from argosy.domains.trading.recordings.tick import MarketTick, RecordedMarket
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import BROKEN, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource

OUTCOME_COLUMNS = frozenset({"condition_id", "slug", "start_time", "end_time", "winner"})
RESOLUTION_DELAY = timedelta(seconds=60)
"""Assumed delay of a resolution after the window's end, if the recording has no time."""

_SCALE = Decimal(10) ** -18


def read_lines(source: RecordingSource) -> Iterator[tuple[int, MarketTick]]:
    """Read Gamma market objects.

    They are bare, or under `raw` with the recorder's digest beside them.
    """
    found = []
    for line, entry in source.json_lines():
        try:
            found.append((line, gamma_market(entry), _closed_at(entry)))
        except BROKEN:
            source.unparseable(line, entry)
    yield from in_order([(line, tick) for line, market, closed in found for tick in ticks_of(market, closed)])


def read_digests(source: RecordingSource) -> Iterator[tuple[int, MarketTick]]:
    """Read a recorder's own digest of Gamma markets.

    It has slug, tokens by outcome, window, tick and fee parameters.
    """
    found = []
    for line, entry in source.json_lines():
        try:
            found.append(
                (line, MarketTick(from_ms(cells.milliseconds(entry["start_ts"])), digest_market(entry)))
            )
        except BROKEN:
            source.unparseable(line, entry)
    yield from in_order(found)


def read_outcomes(source: RecordingSource) -> Iterator[tuple[int, MarketTick]]:
    """Read CSV with one window per row; the last row of a run has no winner.

    `end_of` has the words for other ends.
    """
    names = source.header()
    found = []
    for line, row in source.rows():
        cell = dict(zip(names, row, strict=True))
        try:
            market = sane(
                RecordedMarket(
                    slug=cell["slug"],
                    start=from_ms(cells.seconds(cell["start_time"])),
                    end=from_ms(cells.seconds(cell["end_time"])),
                    condition_id=_id(cell["condition_id"]),
                    tells_end=True,
                    **end_of(cell.get("winner"), cell.get("payout_up"), cell.get("payout_down")),
                )
            )
        except BROKEN:
            source.unparseable(line, row)
            continue
        found += [(line, tick) for tick in ticks_of(market, None)]
    yield from in_order(found)


def is_document(value: Any) -> bool:
    rows = value.get("data") if isinstance(value, dict) else value
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and "slug" in rows[0]


def read_document(source: RecordingSource) -> Iterator[tuple[int, MarketTick]]:
    """Read a list of markets.

    `resolved` false has no meaning (every row has it). A strike of 0 is unknown.
    """
    value = source.document()
    found = []
    for line, entry in enumerate(value["data"] if isinstance(value, dict) else value, 1):
        try:
            if "clobTokenIds" in entry:
                market, closed = gamma_market(entry), _closed_at(entry)
            else:
                market, closed = _listed(entry), None
            found += [(line, tick) for tick in ticks_of(market, closed)]
        except BROKEN:
            source.unparseable(line, entry)
    yield from in_order(found)


def in_order(found: list[tuple[int, MarketTick]]) -> list[tuple[int, MarketTick]]:
    return sorted(found, key=lambda entry: entry[1].at)


def ticks_of(market: RecordedMarket, resolved_at: datetime | None) -> list[MarketTick]:
    """Return the listing at the window's start, and the resolution at its own time.

    The listing omits the fields that only the end reveals.
    """
    ticks = [MarketTick(market.start, market.undecided())]
    if market.decided:
        ticks.append(MarketTick(resolved_at or market.end + RESOLUTION_DELAY, market, resolved=True))
    return ticks


def gamma_market(entry: Mapping[str, Any]) -> RecordedMarket:
    """Return the market of a Gamma object. Raises one of BROKEN if it is invalid.

    Outcomes are found by name, not by place.
    """
    raw: Mapping[str, Any] = entry.get("raw") or entry
    slug = str(raw.get("slug") or entry["slug"])
    outcomes = [str(name).upper() for name in _decoded(raw["outcomes"])]
    tokens = dict(zip(outcomes, (cells.token(token) for token in _decoded(raw["clobTokenIds"])), strict=True))
    prices = [cells.number(price) for price in _decoded(raw.get("outcomePrices") or [])]
    paid = final_payouts(raw.get("closed") is True, raw.get("umaResolutionStatus"), prices)
    payouts = {} if paid is None else dict(zip(outcomes, paid, strict=True))
    window = window_of(slug)
    if window is None:
        window = (cells.moment(raw["eventStartTime"]), cells.moment(raw["endDate"]))
    fees = raw.get("feeSchedule") or {}
    strike = entry.get("strike_value")
    return sane(
        RecordedMarket(
            slug=slug,
            start=window[0],
            end=window[1],
            condition_id=_id(raw.get("conditionId") or entry.get("condition_id")),
            up_token=tokens[UP],
            down_token=tokens[DOWN],
            price_to_beat=cells.whole(strike) * _SCALE if strike else None,
            winner=next((name for name, price in payouts.items() if price == 1), None),
            payouts=(payouts[UP], payouts[DOWN]) if payouts else None,
            tells_end=True,
            tick=cells.optional(raw.get("orderPriceMinTickSize")),
            minimum_size=cells.optional(raw.get("orderMinSize")),
            fee_rate=cells.optional(fees.get("rate")),
            fee_exponent=cells.optional(fees.get("exponent")),
            resolution_source=_text(raw.get("resolutionSource")),
            raw=raw,
        )
    )


def digest_market(entry: Mapping[str, Any]) -> RecordedMarket:
    tokens = {str(one["outcome"]).upper(): cells.token(one["token_id"]) for one in entry["outcomes"]}
    fees = (entry.get("fee_parameters") or {}).get("raw_fee_config") or {}
    return sane(
        RecordedMarket(
            slug=str(entry["slug"]),
            start=from_ms(cells.milliseconds(entry["start_ts"])),
            end=from_ms(cells.milliseconds(entry["end_ts"])),
            condition_id=_id(entry["condition_id"]),
            up_token=tokens[UP],
            down_token=tokens[DOWN],
            tick=cells.optional(entry.get("tick_size")),
            minimum_size=cells.optional(entry.get("min_order_size")),
            fee_rate=cells.optional(fees.get("rate")),
            fee_exponent=cells.optional(fees.get("exponent")),
            resolution_source=_text(entry.get("resolution_source")),
        )
    )


class End(TypedDict, total=False):
    """Fields of a `RecordedMarket` about its end; empty while it is undecided."""

    winner: str
    payouts: tuple[Decimal, Decimal]
    refund: bool


def end_of(word: Any, up: Any = None, down: Any = None) -> End:
    """Return the end of a market: `up`, `down`, a word for split or refund, or two payouts.

    Raises ValueError for payouts that do not add up to one. Any other word has no meaning.
    """
    if up not in (None, "") and down not in (None, ""):
        paid = final_payouts(True, "resolved", (cells.number(up), cells.number(down)))
        if paid is None:
            raise UnreadableRow(f"{up} and {down} are no payouts")
        return {"payouts": paid, "winner": UP if paid[0] == 1 else DOWN} if 1 in paid else {"payouts": paid}
    name = str(word or "").strip()
    if name.upper() in {UP, DOWN}:
        return {"winner": name.upper()}
    if is_split(name):
        return {"payouts": (HALF, HALF)}
    return {"refund": True} if is_refund(name) else {}


def _listed(entry: Mapping[str, Any]) -> RecordedMarket:
    names = [str(name).upper() for name in entry["outcomes"]]
    tokens = dict(zip(names, entry["tokenIds"], strict=True))
    return sane(
        RecordedMarket(
            slug=str(entry["slug"]),
            start=from_ms(cells.milliseconds(entry["startTime"])),
            end=from_ms(cells.milliseconds(entry["endTime"])),
            condition_id=_id(entry["conditionId"]),
            up_token=cells.token(tokens[UP]),
            down_token=cells.token(tokens[DOWN]),
            price_to_beat=cells.optional(entry.get("strikePrice")) or None,
        )
    )


def _closed_at(entry: Mapping[str, Any]) -> datetime | None:
    text = (entry.get("raw") or entry).get("closedTime")
    return cells.moment(text) if text else None


def _decoded(value: Any) -> list[Any]:
    found = load_exact(value) if isinstance(value, str) else value
    if not isinstance(found, list):
        raise TypeError("not a list")
    return found


def sane(market: RecordedMarket) -> RecordedMarket:
    """Return the market. Raises ValueError for impossible terms."""
    tick, fee, exponent = market.tick, market.fee_rate, market.fee_exponent
    fits = (
        market.start < market.end
        and (market.up_token is None or market.up_token != market.down_token)
        and (tick is None or 0 < tick < 1)
        and (market.minimum_size is None or market.minimum_size >= 0)
        and (fee is None or 0 <= fee <= 1)
        and (exponent is None or 0 <= exponent <= 10)
        and (market.price_to_beat is None or market.price_to_beat > 0)
    )
    if not fits:
        raise UnreadableRow(f"{market.slug} has terms that no market has")
    return market


def _id(value: Any) -> str | None:
    return None if value is None else cells.token(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
