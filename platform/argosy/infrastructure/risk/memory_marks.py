"""Keep the marks of one process in memory: for backtests and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.clock import Clock
from argosy.core.money import exact
from argosy.core.money.rates import rate
from argosy.core.risk.quotes import Accepted, PendingQuote, QuotePolicy, check_quote
from argosy.core.risk.snapshot import Mark
from argosy.core.risk.volatility import VolatilityEstimate, update_volatility
from argosy.core.venues.venue import Quote

Asset = tuple[str, str]


@dataclass(slots=True)
class _Followed:
    """State of one asset; `mark` is in `currency`, the asset's own."""

    currency: str
    mark: Mark | None = None
    doubt: PendingQuote | None = None
    restless: VolatilityEstimate | None = None


class MemoryMarks:
    """Marks in memory, with the same filter as `MarkBook`: no single quote makes a mark.

    Not thread-safe.
    """

    def __init__(
        self, clock: Clock, policy: Callable[[str, str], QuotePolicy] = lambda venue, symbol: QuotePolicy()
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._known: dict[Asset, _Followed] = {}

    def feed(self, quotes: Iterable[Quote]) -> None:
        now = self._clock.now()
        for quote in quotes:
            asset = (quote.venue, quote.symbol)
            known = self._known.get(asset)
            if known is None or known.currency != quote.currency:
                known = self._known[asset] = _Followed(quote.currency)
            verdict = check_quote(known.mark, quote, now, self._policy(*asset), known.doubt)
            if isinstance(verdict, Accepted):
                known.restless = update_volatility(known.restless, verdict.price, verdict.at)
                known.mark = Mark(verdict.price, verdict.at, known.restless.volatility)
                known.doubt = None
            else:
                known.doubt = verdict.doubt

    def prices(self) -> dict[Asset, Decimal]:
        """Return the prices, each in its own currency, the newest first."""
        found = [(asset, known.mark) for asset, known in self._known.items() if known.mark is not None]
        return {asset: mark.price for asset, mark in sorted(found, key=lambda each: each[1].at, reverse=True)}

    def marks(self, base: str) -> dict[Asset, Mark]:
        """Return the marks in currency `base`; assets without an exchange rate are left out."""
        prices, found = self.prices(), {}
        for asset in prices:
            known = self._known[asset]
            rated = rate(known.currency, base, prices)
            if rated is not None and known.mark is not None:
                price = exact.multiply(known.mark.price, rated.value)
                found[asset] = Mark(price, known.mark.at, known.mark.volatility)
        return found

    def keep(self, assets: Iterable[Asset]) -> None:
        """Delete all other assets, except pairs of currencies."""
        wanted = set(assets)
        self._known = {
            asset: known for asset, known in self._known.items() if asset in wanted or "/" in asset[1]
        }
