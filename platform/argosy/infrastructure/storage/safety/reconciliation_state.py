"""Clean reconciliations of bots since a given time, as required to leave HALT."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.safety.emergency import EmergencyState
from argosy.core.scope import Scope, ScopePath
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import (
    BotRow,
    CapitalAccount,
    EmergencyRow,
    IntentRow,
    LedgerEntry,
    Workflow,
)

_JUST_NOW = timedelta(seconds=60)
"""Longest time that the comparison for a resume may take."""

STOPPED = [EmergencyState.HALT.name, EmergencyState.SHUTDOWN.name]


@operation
def missing(scope: Scope) -> Steps[str | None]:
    """Return the expected names if the scope names no bot, strategy or domain; None if it does."""
    if scope.kind == "platform":
        return None
    bots = (yield select(BotRow.id, BotRow.domain, BotRow.workflow_digest).order_by(BotRow.id)).all()
    if scope.kind == "domain":
        known = yield from venue_domains.every().steps()
        domains = sorted({*known.values(), *(bot.domain for bot in bots)})
        return None if scope.domain in domains else f"one of {', '.join(domains)}"
    digests = [bot.workflow_digest for bot in bots if bot.id == scope.bot]
    if not digests:
        return f"one of {', '.join(bot.id for bot in bots)}" if bots else "a bot; there is none yet"
    if scope.kind == "bot":
        return None
    document = (yield select(Workflow.document).where(Workflow.digest == digests[0])).scalar_one_or_none()
    nodes = (document or {}).get("nodes", [])
    names = sorted(str(node["id"]) for node in nodes if node.get("type") == "strategy")
    return (
        None
        if scope.strategy in names
        else f"one of {', '.join(names)}"
        if names
        else "a bot with strategies"
    )


@operation
def to_compare(scope: Scope, acted: frozenset[str] = frozenset()) -> Steps[list[str]]:
    """Return bots that would act again if only `scope` were resumed, and that have acted before.

    `acted` adds bots that are known to have acted although the ledger has no entry of them.
    """
    found = []
    for bot in (yield from _resumed(scope)):
        if bot in acted or (yield from _acted(bot)):
            found.append(bot)
    return found


def unreconciled_bots(
    scope: Scope, since: datetime, now: datetime, known: frozenset[str] = frozenset()
) -> Steps[dict[str, str]]:
    """Return bots that would act again but may not yet, with the reason, by id.

    A bot that never acted needs no comparison; `known` are bots that acted without an entry in the ledger. Times ahead of `now` come from a wrong clock: such a stop counts as
    a moment old, and such a comparison does not count.
    """
    latest = now + timedelta(seconds=MOST_AHEAD_S)
    if since > latest:
        since = now - _JUST_NOW
    found: dict[str, str] = {}
    for bot in (yield from _resumed(scope)):
        account = (
            yield select(
                CapitalAccount.reconciled_at, CapitalAccount.reconciled_clean, CapitalAccount.blocked
            ).where(CapitalAccount.bot_id == bot)
        ).one_or_none()
        acted = bot in known or (yield from _acted(bot))
        if account is not None and account.blocked is not None:
            found[bot] = account.blocked
        elif acted and (
            account is None or account.reconciled_at is None or not since <= account.reconciled_at <= latest
        ):
            found[bot] = f"not reconciled since {since:%Y-%m-%d %H:%M:%S} UTC"
        elif acted and account is not None and not account.reconciled_clean:
            found[bot] = "its newest reconciliation was not clean"
    return found


def _acted(bot_id: str) -> Steps[bool]:
    """Return True if the ledger has an entry of the bot.

    A bot's first decision books its capital.
    """
    return (yield select(LedgerEntry.id).where(LedgerEntry.bot_id == bot_id).limit(1)).first() is not None


def _resumed(scope: Scope) -> Steps[list[str]]:
    """Return bots that act again after a resume; bots stopped by another scope are left out."""
    query = select(BotRow.id, BotRow.domain).order_by(BotRow.id)
    if scope.kind == "domain":
        there = select(IntentRow.bot_id).where(IntentRow.venue.in_(venue_domains.venues_of(scope.domain)))
        query = query.where((BotRow.domain == scope.domain) | BotRow.id.in_(there))
    elif scope.bot:
        query = query.where(BotRow.id == scope.bot)
    bots = (yield query).all()
    stopped = set(
        (yield select(EmergencyRow.scope).where(EmergencyRow.state.in_(STOPPED))).scalars().all()
    ) - {str(scope)}
    return [bot.id for bot in bots if stopped.isdisjoint(ScopePath(bot.domain, bot.id).scopes)]
