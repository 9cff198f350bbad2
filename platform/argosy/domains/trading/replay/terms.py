"""Assumed terms of markets, for facts that a recording lacks. Every use is a warning."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from argosy.core.wire import Wire
from argosy.domains.trading.market import DOWN, UP, BinaryMarket, FeeSchedule, SettlementRule, window_of
from argosy.errors import InvalidInput


class AssumedTerms(Wire):
    """Crypto fees of Polymarket as of 2026-09; usual tick and minimum of its up/down markets.

    `depth` is the assumed size of prices recorded without sizes. Nine in ten best levels of recorded order books of
    these markets held more (2026-04). So a fill of that size is believable.
    """

    fee_rate: Decimal = Field(default=Decimal("0.07"), ge=0, le=1)
    fee_exponent: Decimal = Field(default=Decimal(1), ge=0, le=10)
    tick: Decimal = Field(default=Decimal("0.01"), gt=0, lt=1)
    minimum_size: Decimal = Field(default=Decimal(5), ge=0)
    depth: Decimal = Field(default=Decimal(20), gt=0, le=100_000)

    def fees(self, as_of: datetime) -> FeeSchedule:
        return FeeSchedule(
            rate=self.fee_rate,
            exponent=self.fee_exponent,
            kind="assumed",
            source="assumed: the recording gives no fee schedule",
            as_of=as_of,
        )

    def market(
        self, slug: str, venue: str, outcomes: dict[str, str] | None, read_at: datetime
    ) -> BinaryMarket:
        """Return a market known only by its slug.

        Raises InvalidInput if the slug names no window.
        """
        window = window_of(slug)
        if window is None:
            raise InvalidInput(
                "the recording names a market whose window is not known",
                expected="a slug like btc-updown-15m-1769406300, or the market's own description beside it",
                found=slug,
                remedy="give the file with the market descriptions too (--replay can be repeated)",
            )
        return BinaryMarket(
            venue=venue,
            slug=slug,
            condition_id=f"recorded:{slug}",
            asset=slug.partition("-")[0],
            outcomes=outcomes or {UP: f"{slug}:{UP}", DOWN: f"{slug}:{DOWN}"},
            window_start=window[0],
            window_end=window[1],
            tick=self.tick,
            minimum_size=self.minimum_size,
            fees=self.fees(read_at),
            accepting_orders=True,
            read_at=read_at,
        )

    def today(self, slug: str, venue: str, read_at: datetime) -> BinaryMarket:
        """Return an unrecorded market by the rules of 2026-08.

        The mean of the last 60 seconds settles it. It serves to compute values over recorded prices. It has no
        books, so no trade is possible.
        """
        market = self.market(slug, venue, None, read_at)
        assert market.window_start is not None  # made from the slug's window
        minutes = int((market.window_end - market.window_start).total_seconds()) // 60
        rule = SettlementRule(kind=f"{market.asset}-{minutes}m-twap-60", lookback_s=60, source="assumed")
        return market.model_copy(update={"settlement": rule})
