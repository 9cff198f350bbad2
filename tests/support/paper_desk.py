"""Paper account over a scripted venue."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from argosy.core.actions.action import Action, ActionKind, ActionResult, client_id
from argosy.core.clock import DrivenClock
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.binary import SLUG, START, RecordedVenue, ScriptedVenue, d

CALM = [(float(i), "0.49", "0.50", "0.50", "0.51") for i in range(900)]


class Desk:
    """Paper account over a scripted venue, with short calls for orders."""

    def __init__(self, source: ScriptedVenue, clock: DrivenClock, capital: str = "1000") -> None:
        self.source, self.clock = source, clock
        self.documents: MemoryDocuments = MemoryDocuments()
        self.venue = self.reopened(capital)
        self.count = 0

    def reopened(self, capital: str = "1000") -> PaperVenue:
        return PaperVenue(self.source, self.documents, self.clock, account="bot", capital=d(capital))

    def order(self, symbol: str, shares: str, limit: str | None, **changes: object) -> Action:
        self.count += 1
        values: dict[str, object] = {
            "client_id": client_id("run", "node", self.count),
            "venue": "polymarket",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": symbol,
            "side": "buy",
            "quantity": d(shares),
            "limit_price": None if limit is None else d(limit),
            "time_in_force": "FOK",
            "parameters": {"slug": SLUG},
        }
        return Action.model_validate(values | changes)

    def buy(self, symbol: str, shares: str, limit: str, **changes: object) -> ActionResult:
        return self.venue.execute(self.order(symbol, shares, limit, **changes))

    def other(self, kind: ActionKind, symbol: str, shares: str = "0", **parameters: str) -> ActionResult:
        return self.venue.execute(
            self.order(symbol, shares, None, kind=kind, side=None, parameters={"slug": SLUG, **parameters})
        )

    @property
    def cash(self) -> Decimal:
        return self.venue.balances()[0].free


def desk(
    rows: list[tuple[float, str | None, str | None, str | None, str | None]] | None = None,
    *,
    at: float = 60,
    recorded: bool = False,
    size: str = "100",
    capital: str = "1000",
) -> Desk:
    clock = DrivenClock(START + timedelta(seconds=at))
    kind = RecordedVenue if recorded else ScriptedVenue
    return Desk(kind(clock, rows or CALM, size=size), clock, capital)
