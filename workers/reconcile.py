"""Reconcile with venues, update prices and check the ledger; beat sends the tasks.

The tasks go into the queue of tasks that wait for venues.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from celery import shared_task
from loguru import logger

from argosy.core.actions.intent import Caller, Intent
from argosy.core.bot import Mode
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import by_asset
from argosy.core.ports import Venues
from argosy.core.venues.venue import Endings, Quote, Quotes, Venue
from argosy.errors import ArgosyError, NotFound
from argosy.infrastructure.money.ended import EndedCheck
from argosy.infrastructure.risk.marks import BASE
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.money import flows, positions, watched_assets
from workers.process import runtime

_REVISED_FOR = timedelta(days=90)
"""Time for which the flows of an archived bot are still read."""

_going: set[tuple[str, str, bool]] = set()
_lock = threading.Lock()


@shared_task(name="argosy.settle_intents", ignore_result=True)
def settle_intents() -> None:
    """Query the outcomes of unsettled actions at venues, and publish missing action events."""
    ports = runtime()
    ports.reconciler.announce()
    callers = (intent.caller for intent in ports.database.run(intents.unsettled()))
    waiting = {(caller.bot_id, caller.mode, caller.domain) for caller in callers}
    for bot_id, mode, domain in sorted(waiting):  # every mode: the bot may have changed its mode since
        _reconcile(bot_id, mode, domain, compare=False)


@shared_task(name="argosy.reconcile", ignore_result=True)
def reconcile(bot_id: str | None = None, trigger: str = "beat") -> None:
    """Settle and compare one bot, or all bots one after another."""
    ports = runtime()
    every = [ports.database.run(bots.get(bot_id))] if bot_id else ports.database.run(bots.every())
    for bot in every:
        _reconcile(bot.id, bot.mode, bot.domain, compare=True, trigger=trigger)
    if bot_id is None:
        current = {(bot.id, bot.mode) for bot in every}
        left = [
            *ports.database.run(positions.owners()),
            *ports.database.run(flows.recent_accounts(_REVISED_FOR)),
        ]
        for key, caller in {(each.bot_id, each.mode): each for each in left}.items():
            if key not in current:
                _settle_decided(caller)


@shared_task(name="argosy.mark", ignore_result=True)
def mark() -> None:
    """Feed a quote of every followed asset through the filter of sane prices.

    At a venue without quotes an asset counts at its cost.
    """
    ports = runtime()
    for bot in ports.database.run(bots.every()):
        assets = ports.database.run(watched_assets.assets(bot.id, bot.mode, ports.clock.now()))
        if not assets:
            continue
        venues = ports.contexts.venues(bot.id, bot.domain, Mode(bot.mode), Decimal(bot.capital))
        quotes: list[Quote] = []
        without: set[tuple[str, str]] = set()
        for venue, symbol in assets:
            try:
                quoting = venues.get(venue)
                if isinstance(quoting, Quotes):
                    quotes.append(quoting.quote(symbol))
                else:
                    without.add((venue, symbol))
            except ArgosyError as error:
                logger.debug("no price of {} at {}: {}", symbol, venue, error)
        fed = ports.marks.feed(bot.mode, quotes)
        _mark_endings(bot.mode, venues, set(assets) - without - {(f.venue, f.symbol) for f in fed if f.mark})
        _mark_at_cost(bot.mode, without)


def _mark_endings(mode: str, venues: Venues, unpriced: Collection[tuple[str, str]]) -> None:
    """Mark finished assets among those without a price.

    Such an asset counts at its payout, or at its last price until there is a payout.
    """
    ports = runtime()
    by_venue: dict[str, list[str]] = {}
    for venue, symbol in sorted(unpriced):
        by_venue.setdefault(venue, []).append(symbol)
    for name, symbols in by_venue.items():
        try:
            asked = venues.get(name)
            if isinstance(asked, Endings):
                ports.marks.end(mode, name, asked.endings(symbols))
        except ArgosyError as error:
            logger.debug("the end of {} at {} could not be read: {}", ", ".join(symbols), name, error)


def _mark_at_cost(mode: str, unquoted: Collection[tuple[str, str]]) -> None:
    """Mark positions at venues without quotes at their average cost.

    Without a mark the guard would stop their bots because of old prices.
    """
    ports = runtime()
    if not unquoted or ports.database.run(positions.ledger_currency()) not in (None, BASE):
        return
    held, _ = ports.database.run(positions.holdings(mode))
    costs: dict[str, dict[str, Decimal | None]] = {}
    for each in by_asset(held):
        if each.asset in unquoted and each.quantity:
            costs.setdefault(each.venue, {})[each.symbol] = each.position(None).average_cost
    for venue, by_symbol in costs.items():
        ports.marks.end(mode, venue, by_symbol)


def _settle_decided(caller: Caller) -> None:
    """Book payouts and flows of an archived bot, or of a mode that the bot has left."""
    ports = runtime()
    try:
        mode = Mode(caller.mode)
        venues = ports.contexts.venues(caller.bot_id, caller.domain, mode, _capital(caller.bot_id))
        ports.reconciler.settle_decided(caller, venues)
    except ArgosyError as error:
        logger.warning("decided assets of bot {} could not be settled: {}", caller.bot_id, error)
    except Exception:  # noqa: BLE001 - a fault in one adapter
        logger.exception("decided assets of bot {} could not be settled", caller.bot_id)


@shared_task(name="argosy.check_ledger", ignore_result=True)
def check_ledger() -> None:
    """Compare orders that ended since the last check with their venues' records, bot by bot."""
    ports = runtime()

    def venue_of(intent: Intent) -> Venue:
        caller = intent.caller
        venues = ports.contexts.venues(
            caller.bot_id, caller.domain, Mode(caller.mode), _capital(caller.bot_id)
        )
        return venues.get(intent.action.venue)

    ended = EndedCheck(ports.database, ports.events, ports.clock, venue_of)
    for bot in ports.database.run(bots.every(archived=True)):
        try:
            for mode in Mode:  # the bot may have changed its mode since
                ended.bot(bot.id, mode.value)
        except ArgosyError as error:
            logger.warning("the orders of bot {} could not be checked: {}", bot.id, error)
        except Exception:  # noqa: BLE001 - a fault in one adapter
            logger.exception("the orders of bot {} could not be checked", bot.id)


def _reconcile(bot_id: str, mode: str, domain: str, *, compare: bool, trigger: str = "beat") -> None:
    """Reconcile one bot; an error of this bot does not stop the others."""
    ports = runtime()
    caller = Caller(mode=mode, domain=domain, bot_id=bot_id, role="operator")
    with _alone((bot_id, mode, compare)) as first:
        if not first:
            return
        try:
            venues = ports.contexts.venues(bot_id, domain, Mode(mode), _capital(bot_id))
            ports.reconciler.bot(caller, venues, trigger=trigger, compare=compare)
        except ArgosyError as error:
            logger.warning("bot {} could not be reconciled: {}", bot_id, error)
        except Exception:  # noqa: BLE001 - a fault in one adapter
            logger.exception("bot {} could not be reconciled", bot_id)


@contextmanager
def _alone(key: tuple[str, str, bool]) -> Iterator[bool]:
    """Yield True, or False if this process already runs the same work.

    So a slow venue does not occupy one thread after another.
    """
    with _lock:
        first = key not in _going
        _going.add(key)
    try:
        yield first
    finally:
        if first:
            with _lock:
                _going.discard(key)


def _capital(bot_id: str) -> Decimal:
    """Return the bot's capital, 0 for a removed bot: its actions are still settled."""
    try:
        return runtime().database.run(bots.get(bot_id)).capital
    except NotFound:
        return ZERO
