"""Backtest over recorded prediction markets and prices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from argosy.core.event import Event
from argosy.core.money.trades import TradeRecord
from argosy.core.ports import Venues
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.replay.load import load
from argosy.domains.trading.replay.priced import PRICED
from argosy.domains.trading.replay.report import ReplayReport
from argosy.domains.trading.replay.settlement import ReplaySettlement
from argosy.domains.trading.replay.spot_report import with_spot
from argosy.domains.trading.replay.tape import Tape
from argosy.domains.trading.replay.terms import AssumedTerms
from argosy.domains.trading.replay.venue import RecordedMarkets, RecordedVenues
from argosy.errors import InvalidInput
from argosy.graph.document import WorkflowDocument
from argosy.graph.settings import with_settings
from argosy.venuekit.replay.session import BacktestPorts, ReplayRequest

_MARKET = "trading.market"
_DEFAULT_SERIES = "btc-updown-15m"
_ON_SPOT = frozenset({"trading.spot_order", "legacy.poll"})
_ON_PRICES = _ON_SPOT | {"trading.reference_price", "trading.candles"}


class RecordedSession:
    """Replay session of the trading domain.

    Runs are due when books are seen, else when prices are. Raises InvalidInput for a file that is no recording.
    """

    def __init__(self, request: ReplayRequest) -> None:
        assumed = {"depth": request.depth, "fee_rate": request.fee_rate}
        terms = AssumedTerms(**{name: value for name, value in assumed.items() if value is not None})
        self._warnings = request.warnings
        self._recordings, sights = load(request.paths, terms, request.warnings)
        self._books = bool({"books", "quotes"} & self._recordings.holds)
        self.playback = Tape(sights, terms, request.warnings, books_trigger=self._books)

    def describe_unreadable(self) -> str:
        return self._recordings.unreadable()

    def prepare(self, document: WorkflowDocument) -> WorkflowDocument:
        """Return the workflow on the recording's series of markets."""
        slug = self.playback.first_slug()
        if slug is None:
            return document
        series = slug.rpartition("-")[0]
        other = {
            node.id: {"series": series}
            for node in document.nodes
            if node.type == _MARKET and node.params.get("series", _DEFAULT_SERIES) != series
        }
        if other and "-updown-" in series:
            self._warnings.once("series_changed", f"the recording is of {series}: its markets are taken")
            return with_settings(document, other)
        return document

    def begin(self, document: WorkflowDocument, used: Collection[str], ports: BacktestPorts) -> Venues:
        if not self._books and not _ON_PRICES & set(used):
            raise InvalidInput(
                f"workflow {document.id} trades on order books, and the recording has only prices",
                expected="a recording of a prediction market's books or quotes",
                remedy="add one with another --replay, or run a workflow that uses prices or candles",
            )
        tape, clock = self.playback, ports.clock
        self._clock = clock
        self._paper = PaperVenue(
            RecordedMarkets(tape, clock), ports.documents, clock, account="replay", capital=ports.capital
        )
        self._report = ReplayReport(self._warnings, document.id, spot=bool(_ON_SPOT & set(used)))
        self._settlement = ReplaySettlement(self._paper, tape, clock, ports.submit)
        self._venues = RecordedVenues(
            self._paper, tape, clock, PRICED, documents=ports.documents, capital=ports.capital
        )
        return self._venues

    def on_event(self, event: Event) -> None:
        self._report.on_event(event)

    def after_run(self) -> None:
        if self._paper.holdings():
            self._settlement.settle()
            self._paper.portfolio()  # sets marks to the last sane bid, while there is one

    def finish(self) -> None:
        self._settlement.finish()

    def report(self, trades: Mapping[str, TradeRecord]) -> dict[str, Any]:
        self._recordings.note(self._warnings)
        report = self._report.to_wire(self._paper, self.playback, self._clock, trades)
        return with_spot(report, self._venues.spot)
