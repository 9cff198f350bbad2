"""Our record against the venues', and prices of what is followed; sent by beat, into the queue of tasks that wait."""

from __future__ import annotations

from decimal import Decimal

from celery import shared_task
from loguru import logger

from argosy.core.bot import Mode
from argosy.core.intent import Caller
from argosy.core.venue import Quote
from argosy.errors import ArgosyError
from argosy.infrastructure.storage import bots, intents, watched
from workers.process import runtime


@shared_task(name="argosy.settle_intents", ignore_result=True)
def settle_intents() -> None:
    """Asks the venues what became of actions that are not settled, and publishes what nobody could."""
    ports = runtime()
    ports.reconciler.announce()
    waiting = {intent.caller.bot_id for intent in ports.database.run(intents.unsettled())}
    for bot_id in sorted(waiting):
        _reconcile(bot_id, compare=False)


@shared_task(name="argosy.reconcile", ignore_result=True)
def reconcile(bot_id: str | None = None, trigger: str = "beat") -> None:
    """Settles and compares: one bot, or all of them one after another."""
    ports = runtime()
    every = [bot_id] if bot_id else [bot.id for bot in ports.database.run(bots.every())]
    for each in every:
        _reconcile(each, compare=True, trigger=trigger)


@shared_task(name="argosy.mark", ignore_result=True)
def mark() -> None:
    """Feeds a quote of every asset that is followed through the filter of sane prices."""
    ports = runtime()
    for bot in ports.database.run(bots.every()):
        assets = ports.database.run(watched.assets(bot.id, bot.mode, ports.clock.now()))
        if not assets:
            continue
        venues = ports.contexts.venues(bot.id, bot.domain, Mode(bot.mode), Decimal(bot.capital))
        quotes: list[Quote] = []
        for venue, symbol in assets:
            try:
                quotes.append(venues.get(venue).quote(symbol))
            except ArgosyError as error:
                logger.debug("no price of {} at {}: {}", symbol, venue, error)
        ports.marks.feed(quotes)


def _reconcile(bot_id: str, *, compare: bool, trigger: str = "beat") -> None:
    ports = runtime()
    bot = ports.database.run(bots.get(bot_id))
    venues = ports.contexts.venues(bot.id, bot.domain, Mode(bot.mode), Decimal(bot.capital))
    caller = Caller(mode=bot.mode, domain=bot.domain, bot_id=bot.id, role="operator")
    try:
        ports.reconciler.bot(caller, venues, trigger=trigger, compare=compare)
    except ArgosyError as error:
        logger.warning("bot {} could not be reconciled: {}", bot_id, error)
