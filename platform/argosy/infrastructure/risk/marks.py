"""Filter quotes of venues into sane marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.clock import Clock
from argosy.core.money.money import ONE
from argosy.core.money.rates import rate
from argosy.core.ports import Documents
from argosy.core.risk.quotes import Accepted, PendingQuote, QuotePolicy, Suspect, check_quote, latest_of
from argosy.core.risk.snapshot import Mark
from argosy.core.risk.volatility import VolatilityEstimate, update_volatility
from argosy.core.venues.venue import Quote
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import fx_rates, marks
from argosy.infrastructure.storage.money.marks import Asset, MarkRecord

NAMESPACE = "marks"
BASE = "USD"
NO_RATE = "no_rate"


@dataclass(frozen=True, slots=True)
class QuoteOutcome:
    """Outcome of one quote.

    `reason` says why the quote gave no mark (see `Suspect`, and "no_rate").
    """

    venue: str
    symbol: str
    mark: MarkRecord | None
    reason: str = ""


class MarkBook:
    """Filter of `argosy.core.risk.quotes` between the venues and the table of marks.

    Pending quotes are kept in `documents` (namespace "marks"), because any worker may receive the next quote.
    So confirmations count across all workers. If the documents are lost, pending quotes start anew and marks
    stay.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents,
        clock: Clock,
        policy: Callable[[str, str], QuotePolicy] = lambda venue, symbol: QuotePolicy(),
    ) -> None:
        self._database = database
        self._documents = documents
        self._clock = clock
        self._policy = policy

    def feed(self, mode: str, quotes: Sequence[Quote]) -> list[QuoteOutcome]:
        """Judge quotes and save the sane ones; only the newest quote of an asset counts.

        Marks and pending quotes belong to one mode: the markets of paper and sandbox may be simulated. Raises
        Unavailable.
        """
        newest: dict[Asset, Quote] = {}
        for quote in quotes:
            known = newest.get((quote.venue, quote.symbol))
            if known is None or quote.at >= known.at:
                newest[quote.venue, quote.symbol] = quote
        if not newest:
            return []
        now = self._clock.now()
        have = self._database.run(marks.of(mode, newest))
        pegged = all(rate(quote.currency, BASE, {}) for quote in newest.values())
        prices = {} if pegged else self._database.run(fx_rates.prices(mode))
        fed = [self._one(mode, quote, have.get(asset), prices, now) for asset, quote in newest.items()]
        latest = max(latest_of(now, self._policy(*asset)) for asset in newest)
        saved = [each.mark for each in fed if each.mark is not None]
        self._database.run(marks.save(saved, latest=latest))
        return fed

    def end(self, mode: str, venue: str, endings: Mapping[str, Decimal | None]) -> int:
        """Mark finished assets at their payout, or at their last price while that is undecided.

        The marks are dated now: no newer price can follow, so neither price is outdated. Returns the number
        of marked assets. Raises Unavailable.
        """
        now = self._clock.now()
        known = self._database.run(marks.of(mode, [(venue, symbol) for symbol in endings])) if endings else {}
        saved = []
        for symbol, payout in endings.items():
            last = known.get((venue, symbol))
            if last is not None:
                saved.append(replace(last, price=last.price if payout is None else payout, at=now))
            elif payout is not None:
                saved.append(MarkRecord(mode, venue, symbol, payout, BASE, ONE, None, now))
        latest = None if not endings else now
        return self._database.run(marks.save(saved, latest=latest))

    def forget(self, before: datetime) -> int:
        """Delete marks older than `before` of assets without a position; return their number.

        Pending quotes and volatilities of assets without a mark are deleted too. Raises Unavailable.
        """
        gone = self._database.run(marks.forget(before))
        known = {f"{mode}/{venue}/{symbol}" for mode, venue, symbol in self._database.run(marks.known())}
        for key in self._documents.keys(NAMESPACE):
            if key not in known:
                found = self._documents.get(NAMESPACE, key)
                if found is not None and not _Memory.read(found.value).since(before):
                    self._documents.delete(NAMESPACE, key)
        return gone

    def _one(
        self, mode: str, quote: Quote, known: MarkRecord | None, prices: dict[Asset, Decimal], now: datetime
    ) -> QuoteOutcome:
        rated = rate(quote.currency, BASE, prices)
        if rated is None:
            return QuoteOutcome(quote.venue, quote.symbol, None, NO_RATE)
        previous = None if known is None or known.currency != quote.currency else Mark(known.price, known.at)
        policy = self._policy(quote.venue, quote.symbol)
        verdict: Accepted | Suspect = Suspect("", None)
        restless: VolatilityEstimate | None = None

        def judge(value: Any) -> Any:
            nonlocal verdict, restless
            memory = _Memory.read(value)
            verdict = check_quote(previous, quote, now, policy, memory.doubt)
            restless = memory.restless
            if isinstance(verdict, Accepted):
                restless = update_volatility(restless, verdict.price, verdict.at)
                return _Memory(None, restless).write()
            return _Memory(verdict.doubt, restless).write()

        self._documents.update(NAMESPACE, f"{mode}/{quote.venue}/{quote.symbol}", judge)
        if isinstance(verdict, Suspect):
            return QuoteOutcome(quote.venue, quote.symbol, None, verdict.reason)
        assert restless is not None  # an accepted price updates it
        record = MarkRecord(
            mode=mode,
            venue=quote.venue,
            symbol=quote.symbol,
            price=verdict.price,
            currency=quote.currency,
            rate=rated.value,
            volatility=restless.volatility,
            at=verdict.at,
        )
        return QuoteOutcome(quote.venue, quote.symbol, record)


@dataclass(frozen=True, slots=True)
class _Memory:
    doubt: PendingQuote | None
    restless: VolatilityEstimate | None

    @classmethod
    def read(cls, value: Any) -> _Memory:
        """Return the memory in `value`, empty if it is unreadable: that only delays the next mark."""
        try:
            doubt, restless = value["doubt"], value["restless"]
            return cls(
                None
                if doubt is None
                else PendingQuote(
                    Decimal(doubt["price"]), doubt["count"], _time(doubt["since"]), _time(doubt["until"])
                ),
                None
                if restless is None
                else VolatilityEstimate(
                    Decimal(restless["price"]), _time(restless["at"]), restless["variance"], restless["steps"]
                ),
            )
        except (TypeError, KeyError, ValueError, ArithmeticError):
            return cls(None, None)

    def since(self, moment: datetime) -> bool:
        """Return True if any part of the memory is from `moment` or later."""
        doubt, restless = self.doubt, self.restless
        return (doubt is not None and doubt.until >= moment) or (
            restless is not None and restless.at >= moment
        )

    def write(self) -> dict[str, Any]:
        doubt, restless = self.doubt, self.restless
        return {
            "doubt": doubt
            and {
                "price": str(doubt.price),
                "count": doubt.count,
                "since": doubt.since.isoformat(),
                "until": doubt.until.isoformat(),
            },
            "restless": restless
            and {
                "price": str(restless.price),
                "at": restless.at.isoformat(),
                "variance": restless.variance,
                "steps": restless.steps,
            },
        }


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)
