"""Compare the balances and positions at a venue with the ledger and the venue's baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.actions.intent import Caller
from argosy.core.money.flow import Flow
from argosy.core.money.money import ZERO
from argosy.core.safety.audit import Actor
from argosy.core.venues.needs import readable_balances, readable_positions
from argosy.core.venues.venue import Assets, Endings, Payout, Payouts, Positions, SelfSettling, Venue
from argosy.errors import Conflict, VenueError
from argosy.infrastructure.actions.flows import before_baseline
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import flows, reconciliations
from argosy.infrastructure.storage.money.flows import FlowReading

_SHOWN = 3


class UnknownBaseline(Conflict):
    """Account without a baseline on a restored database, which cannot tell the bot's part."""


def take_payouts(database: Database, caller: Caller, venue: Venue, now: datetime) -> None:
    """Book the payouts of positions that the venue has closed by itself.

    Call this before `differences`: an unbooked payout would show up as a difference. Positions of two
    strategies that add up to 0 do not exist at the venue: they end with the asset.
    """
    if isinstance(venue, SelfSettling):
        venue.settle()
    if not isinstance(venue, Payouts):
        return
    held = database.run(reconciliations.holdings(caller.bot_id, caller.mode, venue.name))
    there = venue.positions() if held and isinstance(venue, Positions) else ()
    gone = sorted(set(held) - {each.symbol for each in there if each.quantity})
    payouts = list(venue.payouts(gone)) if gone else []
    offset = sorted({symbol for symbol in gone if not held[symbol]} - {each.symbol for each in payouts})
    if offset and isinstance(venue, Endings):
        prices = venue.endings(offset).items()
        payouts += [Payout(symbol=name, price=price, at=now) for name, price in prices if price is not None]
    for payout in payouts:
        database.run(reconciliations.pay_out(caller, venue.name, payout))


def differences(
    database: Database, caller: Caller, venue: Venue, now: datetime, *, forgotten: bool = False
) -> list[dict[str, Any]]:
    """Return the differences between the ledger and the venue, sorted by asset.

    `ours` and `theirs` are exact decimal text. The first comparison of all finds no difference: it saves the
    venue's amounts beyond the ledger as the baseline. Balances are compared as finely as the venue shows them:
    it may hold parts of its `balance_step` that it does not show.

    Raises UnknownBaseline at the first comparison if the database may have `forgotten` trades: they would become the baseline.
    """
    kept = database.run(reconciliations.baseline(caller.bot_id, caller.mode, venue.name))
    contained = before_baseline(database, caller, venue, now) if kept is None else None
    amounts, theirs, money = _both_sides(database, caller, venue)
    step = Decimal(getattr(venue, "balance_step", ZERO))
    beyond = _beyond(amounts, theirs)
    if kept is None:
        if forgotten:
            raise _no_baseline(caller, venue)
        _insist_on_quiet(database, caller, venue, now, contained)
        kept = database.run(
            reconciliations.store_baseline(caller.bot_id, caller.mode, venue.name, beyond, now)
            if contained is None
            else flows.store_baseline(caller, *contained, beyond, now)
        )
    usual = _written_as(beyond, kept)
    return [
        {
            "venue": venue.name,
            "asset": asset,
            "ours": str(amounts.get(asset, ZERO) + usual.get(asset, ZERO)),
            "theirs": str(theirs.get(asset, ZERO)),
        }
        for asset in sorted({*beyond, *usual})
        if _differ(beyond.get(asset, ZERO), usual.get(asset, ZERO), step if asset in money else ZERO)
    ]


def accept_baseline(
    database: Database, caller: Caller, venue: Venue, *, actor: Actor, at: datetime, reason: str
) -> dict[str, Decimal]:
    """Store the venue's amounts beyond the ledger as the baseline, and return them.

    Payouts are booked first, as before every comparison. Raises Conflict while an action of the account is
    unsettled: its fills would become the baseline. Raises Conflict if the account has a baseline, and InvalidInput
    without a reason.
    """
    owner = reconciliations.owner_of(caller.bot_id, caller.mode) or None
    account = (caller.mode, venue.name)
    waiting = [
        each.client_id
        for each in database.run(intents.unsettled(owner))
        if (each.caller.mode, each.action.venue) == account
    ]
    if waiting:
        raise Conflict(
            f"{len(waiting)} action(s) at {venue.name} are not settled, and their fills would count as not the bot's",
            found=", ".join(waiting[:_SHOWN]),
            remedy="cancel working orders with `argosy cancel-all`, wait for reconciliation, then repeat the command",
        )
    take_payouts(database, caller, venue, at)
    contained = before_baseline(database, caller, venue, at)
    amounts, theirs, _ = _both_sides(database, caller, venue)
    beyond = _beyond(amounts, theirs)
    _insist_on_quiet(database, caller, venue, at, contained)
    accept = reconciliations.accept_baseline(caller, venue.name, beyond, actor=actor, at=at, reason=reason)
    if contained is not None:
        keep = flows.store_baseline(caller, *contained, beyond, at)
        accept = reconciliations.accept_baseline(
            caller, venue.name, beyond, actor=actor, at=at, reason=reason, store=keep
        )
    database.run(accept)
    return beyond


def _insist_on_quiet(
    database: Database,
    caller: Caller,
    venue: Venue,
    now: datetime,
    contained: tuple[FlowReading, Sequence[Flow]] | None,
) -> None:
    """Raise VenueError if a flow arrived since `contained` was read.

    The amounts that were read meanwhile may or may not contain it.
    """
    if contained is None:
        return
    after = before_baseline(database, caller, venue, now)
    if after is None or after[1] != contained[1]:
        raise VenueError(f"money moved at {venue.name} while its baseline was read; it is read again later")


def _both_sides(
    database: Database, caller: Caller, venue: Venue
) -> tuple[dict[str, Decimal], dict[str, Decimal], frozenset[str]]:
    """Return the ledger's amounts, the venue's amounts, and which of the venue's are balances."""
    ours = database.run(reconciliations.held(caller.bot_id, caller.mode, venue.name))
    theirs, money = _theirs(venue)
    return _as_there(ours.amounts, theirs, venue), theirs, money


def _beyond(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {asset: theirs.get(asset, ZERO) - ours.get(asset, ZERO) for asset in {*theirs, *ours}}


def _no_baseline(caller: Caller, venue: Venue) -> UnknownBaseline:
    return UnknownBaseline(
        f"the database was restored from a backup that is older than the first comparison of bot {caller.bot_id} "
        f"with {venue.name}; the account may hold trades that the database forgot",
        remedy="read the account's trades at the venue, book those of the bot with `argosy ledger adjust`, then accept "
        f"the rest: `argosy ledger baseline --bot {caller.bot_id} --venue {venue.name} --reason …`",
    )


def _differ(found: Decimal, usual: Decimal, step: Decimal) -> bool:
    return abs(found - usual) >= step if step else found != usual


def _written_as(names: Mapping[str, Decimal], kept: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the amounts of `kept` under the names of `names`, compared without case.

    An earlier release saved currencies in the venue's spelling.
    """
    now = {name.upper(): name for name in names}
    found: dict[str, Decimal] = {}
    for before, amount in kept.items():
        name = now.get(before.upper(), before)
        found[name] = found.get(name, ZERO) + amount
    return found


def _as_there(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal], venue: Venue) -> dict[str, Decimal]:
    """Return the ledger's amounts under the venue's names.

    A venue without positions holds BTC/USDT as a balance of the asset's unit, BTC.
    """
    if readable_positions(venue) is not None:
        return dict(ours)
    strange = any(amount and name not in theirs for name, amount in ours.items())
    listed = venue.assets() if strange and isinstance(venue, Assets) else ()
    units = {asset.symbol: asset.unit for asset in listed}
    amounts: dict[str, Decimal] = {}
    for symbol, amount in ours.items():
        name = reconciliations.money(units.get(symbol) or symbol.partition("/")[0])
        amounts[name] = amounts.get(name, ZERO) + amount
    return amounts


def _theirs(venue: Venue) -> tuple[dict[str, Decimal], frozenset[str]]:
    """Return the venue's amounts, and which of them are balances."""
    amounts: dict[str, Decimal] = {}
    account, listing = readable_balances(venue), readable_positions(venue)
    for balance in () if account is None else account.balances():
        name = reconciliations.money(balance.currency)
        amounts[name] = amounts.get(name, ZERO) + balance.free + balance.locked
    balances = frozenset(amounts)
    for position in () if listing is None else listing.positions():
        amounts[position.symbol] = amounts.get(position.symbol, ZERO) + position.quantity
    return amounts, balances
