"""Scopes as conditions of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, true

from argosy.core.scope import PLATFORM_SCOPE, Scope
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.models import IntentRow

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute

    Text = InstrumentedAttribute[str]


def inside(scope: Scope) -> ColumnElement[bool]:
    """Condition of intents that lie inside a scope; `Scope.contains` says the same of one path."""
    match scope.kind:
        case "domain":
            return venue_domains.in_domain(scope.domain, IntentRow.domain, IntentRow.venue)
        case "bot":
            return IntentRow.bot_id == scope.bot
        case "strategy":
            return (IntentRow.bot_id == scope.bot) & (IntentRow.strategy_id == scope.strategy)
        case "venue":
            return IntentRow.venue == scope.venue
        case "asset":
            return (IntentRow.venue == scope.venue) & (IntentRow.symbol == scope.symbol)
    return true()


def around(name: Text, domain: Text, bot: Text, strategy: Text) -> ColumnElement[bool]:
    """Condition that `name` is one of the emergency scopes around the owner of a row."""
    path = (
        PLATFORM_SCOPE,
        func.concat("domain:", domain),
        func.concat("bot:", bot),
        func.concat("strategy:", bot, "/", strategy),
    )
    return name.in_(path)
