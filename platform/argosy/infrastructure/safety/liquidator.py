"""End positions and commitments by the unwinders of their domains.

The liquidator is the only caller that may act during a SHUTDOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from loguru import logger

from argosy.core.actions.action import Action, client_id
from argosy.core.actions.intent import Caller
from argosy.core.money.money import ZERO
from argosy.core.ports import VenueDomains, Venues
from argosy.core.risk.quotes import QuotePolicy
from argosy.core.safety.unwinding import Obligation, Remainder, Unwinder, UnwindRequest
from argosy.core.scope import Scope, ScopePath
from argosy.core.venues.venue import RunningCost, RunningCosts, Venue
from argosy.errors import ArgosyError
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.safety import flatten_report
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import commitments, venue_domains
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import marks, positions
from argosy.infrastructure.storage.safety import flatten_progress
from argosy.infrastructure.storage.safety.flatten_progress import FlattenedPosition

Place = tuple[str, str, str]
"""Mode, bot and venue."""

UnwinderOf = Callable[[str, str], Unwinder | None]
"""Function (domain, venue) → the unwinder of the venue."""

_MOST_TRIES = 40
"""Largest number of actions for one obligation; people must end the rest."""

_NOT_FLATTENED = Remainder("not flattened: repeat the shutdown with --flatten, or end it at the venue")


@dataclass(frozen=True, slots=True)
class Flattened:
    """Result of a liquidation step.

    `finished`: all obligations are ended, or no further attempt is possible. `lines` report the ended and remaining
    ones with the reason.
    """

    finished: bool
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Open:
    """Open obligation with its origin: the mode, and the domains of the bot and of the venue."""

    mode: str
    domain: str
    venue_domain: str
    obligation: Obligation

    @property
    def key(self) -> FlattenedPosition:
        held = self.obligation
        return FlattenedPosition(self.mode, held.bot, held.strategy, held.venue, held.symbol)

    @property
    def place(self) -> Place:
        return (self.mode, self.obligation.bot, self.obligation.venue)

    @property
    def path(self) -> ScopePath:
        held = self.obligation
        return ScopePath(self.domain, held.bot, held.strategy, held.venue, held.symbol, self.venue_domain)


class Liquidator:
    """Liquidation of positions and commitments, resumable after any interruption.

    `unwinder_of` returns the unwinder of a venue, None without one. `slices` and `slippage` (a fraction 0..1) bound
    sales. `policy` (by venue and symbol) must accept a first price beside the last sane price, if there is one. The
    client id of an action consists of epoch, obligation and number. So an interrupted liquidation continues at the
    next action.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        venues_of: Callable[[Caller], Venues],
        unwinder_of: UnwinderOf,
        *,
        slices: int,
        slippage: Decimal,
        policy: Callable[[str, str], QuotePolicy] = lambda venue, symbol: QuotePolicy(),
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._venues_of = venues_of
        self._unwinder_of = unwinder_of
        self._slices = slices
        self._slippage = slippage
        self._policy = policy

    def flatten(self, scope: Scope, epoch: int, *, busy: Collection[Place] = ()) -> Flattened:
        """Try to end every obligation in the scope once; the next call tries the rest.

        Obligations at a `busy` place wait, because orders of their bot there are not settled.
        """
        lines: list[str] = []
        finished = True
        gone = self._database.run(flatten_progress.of(epoch))
        for place, group in self._by_place(scope).items():
            for each in self._arranged(group):
                before = gone.pop(each.key, ZERO)
                remainder = Remainder("its orders there are not settled")
                if place not in busy:
                    remainder = self._end(each, epoch)
                left = self._now(each)
                finished &= left is None or remainder.for_good
                now = None if left is None else left.obligation
                lines += flatten_report.lines(each.key, each.obligation, now, before, remainder)
        done = self._database.run(flatten_progress.ended(epoch))
        # Sales of earlier calls are reported too: they may be all that was sold.
        past = [flatten_report.sold(key, quantity) for key, quantity in gone.items() if quantity]
        standing = {each.key for each in self._open(scope) if each.obligation.commitment is not None}
        past += [flatten_report.ended(key, kind) for key, kind in done.items() if key not in standing]
        return Flattened(finished, past + lines or ["nothing was held"])

    def standing(self, scope: Scope) -> list[str]:
        """Return a line for each commitment in the scope: without flattening they go on costing."""
        found = []
        for each in self._open(scope):
            if each.obligation.commitment is not None:
                held = replace(each.obligation, quantity=ZERO)
                remainder = self._with_cost(each, _NOT_FLATTENED)
                found += flatten_report.lines(each.key, held, held, ZERO, remainder)
        return found

    def _by_place(self, scope: Scope) -> dict[Place, list[_Open]]:
        found: dict[Place, list[_Open]] = {}
        for each in self._open(scope):
            found.setdefault(each.place, []).append(each)
        return found

    def _arranged(self, group: list[_Open]) -> Sequence[_Open]:
        """Return the obligations of one place in the order of their unwinder."""
        unwinder = self._unwinder_of(group[0].venue_domain or group[0].domain, group[0].obligation.venue)
        if unwinder is None:
            return group
        by_obligation = {id(each.obligation): each for each in group}
        try:
            order = unwinder.arrange([each.obligation for each in group])
            arranged = [by_obligation.pop(id(each)) for each in order]
        except Exception:  # noqa: BLE001 - code of a plug-in: its order is lost, its obligations are not
            logger.exception("the unwinder of {} cannot arrange its obligations", group[0].obligation.venue)
            return group
        return [*arranged, *by_obligation.values()]

    def _end(self, each: _Open, epoch: int) -> Remainder:
        """End as much as possible now; return the reason for a remainder."""
        try:
            remainder = self._steps(each, epoch)
        except ArgosyError as error:
            remainder = Remainder(str(error))
        except Exception as error:  # noqa: BLE001 - a fault in one adapter or unwinder must not keep the others
            logger.exception("{} cannot be ended", each.key)
            remainder = Remainder(f"the unwinding failed: {type(error).__name__}: {error}")
        return self._with_cost(each, remainder)

    def _steps(self, each: _Open, epoch: int) -> Remainder:
        caller = self._caller(each, f"flatten.{epoch}")
        number, first = self._next(epoch, each)
        left: _Open | None = each
        tries, remainder = 0, Remainder("")
        while left is not None and tries < self._slices and number < _MOST_TRIES:
            held = left.obligation
            venues = self._venues_of(caller)
            domain = each.venue_domain or each.domain
            if isinstance(venues, VenueDomains):
                domain = venues.domain_of(held.venue) or domain
            unwinder = self._unwinder_of(domain, held.venue)
            if unwinder is None:
                return _without_unwinder(domain, held)
            request = UnwindRequest(
                obligation=held,
                venue=venues.get(held.venue),
                client_id=client_id(_run(epoch, each.mode), _name(held), number),
                number=number,
                first=first,
                slices=self._slices,
                slippage=self._slippage,
                mark=self._mark(each) if first is None else None,
                policy=self._policy(held.venue, held.symbol),
            )
            action = unwinder.next_action(request)
            if isinstance(action, Remainder):
                return action
            action = self._bound(action, request)
            (result,) = self._gateway.submit(caller, venues, [action])
            first = first or action
            number, tries = number + 1, tries + 1
            left = self._now(each)
            if not result.status.final:
                return Remainder(f"a slice is {result.status}")
            if not result.filled and left is not None:
                remainder = Remainder(result.reason or f"a slice was {result.status}")
                if result.code is not None:
                    break
        if number >= _MOST_TRIES:
            return Remainder(f"{remainder.reason}, given up".lstrip(", "), for_good=True)
        return remainder

    def _bound(self, action: Action, request: UnwindRequest) -> Action:
        """Return the action with the id of the request and the venue of its obligation."""
        held = request.obligation
        label = action.label or self._database.run(intents.label(held.bot, held.venue, action.symbol))
        return action.model_copy(update={"client_id": request.client_id, "venue": held.venue, "label": label})

    def _with_cost(self, each: _Open, remainder: Remainder) -> Remainder:
        """Add the cost by the day, if the venue shows it."""
        held = each.obligation
        if remainder.cost is not None or not remainder.reason:
            return remainder
        try:
            venue = self._venues_of(self._caller(each, "flatten")).get(held.venue)
            return replace(remainder, cost=_cost(venue, held.symbol))
        except Exception as error:  # noqa: BLE001 - the cost is a help for people; the report must be written
            logger.warning("the running cost of {} at {} is unknown: {}", held.symbol, held.venue, error)
            return remainder

    def _caller(self, each: _Open, node_id: str) -> Caller:
        held = each.obligation
        return Caller(each.mode, each.domain, held.bot, held.strategy, node_id=node_id, role="liquidator")

    def _mark(self, each: _Open) -> Decimal | None:
        """Return the last sane price; it follows a market that has moved once the move is confirmed."""
        asset = (each.obligation.venue, each.obligation.symbol)
        mark = self._database.run(marks.of(each.mode, [asset])).get(asset)
        return None if mark is None else mark.price

    def _next(self, epoch: int, each: _Open) -> tuple[int, Action | None]:
        """Return the number of the next action, and the first action so far."""
        first: Action | None = None
        for number in range(_MOST_TRIES):
            name = client_id(_run(epoch, each.mode), _name(each.obligation), number)
            known = self._database.run(intents.get(name))
            if known is None:
                return number, first
            first = first or known.action
        return _MOST_TRIES, first

    def _now(self, each: _Open) -> _Open | None:
        """Return the obligation as it is now, None if it has ended."""
        held = each.obligation
        quantity = next((o.obligation.quantity for o in self._held(each.mode) if o.key == each.key), ZERO)
        commitment = held.commitment
        if commitment is not None:
            commitment = next(
                (o.obligation.commitment for o in self._committed(held.bot) if o.key == each.key), None
            )
        now = replace(held, quantity=quantity, commitment=commitment)
        return replace(each, obligation=now) if now.is_open else None

    def _open(self, scope: Scope) -> list[_Open]:
        """Return all open obligations in the scope.

        A position and a commitment of one strategy in one asset are one obligation.
        """
        found: dict[FlattenedPosition, _Open] = {}
        for mode in self._database.run(positions.modes()):
            found |= {each.key: each for each in self._held(mode) if each.obligation.quantity}
        for each in self._committed():
            known = found.get(each.key, each)
            both = replace(known.obligation, commitment=each.obligation.commitment)
            found[each.key] = replace(known, obligation=both)
        return [each for each in found.values() if scope.contains(each.path)]

    def _held(self, mode: str) -> list[_Open]:
        return [
            _Open(
                mode,
                held.domain,
                held.venue_domain,
                Obligation(held.bot, held.strategy, held.venue, held.symbol, held.quantity),
            )
            for held in self._database.run(positions.holdings(mode))[0]
        ]

    def _committed(self, bot: str | None = None) -> list[_Open]:
        running = self._database.run(commitments.running(bot))
        domains = self._database.run(venue_domains.every()) if running else {}
        return [
            _Open(
                each.caller.mode,
                each.caller.domain,
                domains.get(each.action.venue, ""),
                Obligation(
                    each.caller.bot_id,
                    each.caller.strategy_id,
                    each.action.venue,
                    each.action.symbol,
                    commitment=each.action,
                ),
            )
            for each in running
        ]


def _without_unwinder(domain: str, held: Obligation) -> Remainder:
    return Remainder(
        f"domain {domain} has no unwinder, so Argosy cannot end it: end it at {held.venue} by hand",
        for_good=True,
    )


def _cost(venue: Venue, symbol: str) -> RunningCost | None:
    if not isinstance(venue, RunningCosts):
        return None
    return next((each for each in venue.running_costs([symbol]) if each.symbol == symbol), None)


def _run(epoch: int, mode: str) -> str:
    return f"flatten:{epoch}:{mode}"


def _name(held: Obligation) -> str:
    return "\x00".join((held.bot, held.strategy, held.venue, held.symbol))
