"""Opportunities that a strategy found, and their life cycle."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field

from argosy.core.actions.action import Action
from argosy.core.wire import Wire


class OpportunityKind(StrEnum):
    ARBITRAGE = "arbitrage"
    MISPRICING = "mispricing"
    MARKET_MAKING = "market_making"
    MOMENTUM = "momentum"
    REPRICE = "reprice"
    REALLOCATION = "reallocation"
    YIELD = "yield"
    CUSTOM = "custom"


class OpportunityState(StrEnum):
    """Life cycle of an opportunity.

    found → accepted or declined → executing → taken, missed or failed; or expired.
    """

    FOUND = "found"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXECUTING = "executing"
    TAKEN = "taken"
    MISSED = "missed"
    FAILED = "failed"
    EXPIRED = "expired"


class Opportunity(Wire):
    """Opportunity with its actions; money amounts in the bot's base currency.

    `risk` is the amount that can be lost.
    """

    id: str
    kind: OpportunityKind
    confidence: float = Field(ge=0, le=1)
    expected_profit: Decimal
    cost: Decimal
    risk: Decimal = Decimal(0)
    expires_at: datetime | None = None
    actions: list[Action] = []
    state: OpportunityState = OpportunityState.FOUND
    reason: str | None = None
    details: dict[str, Any] = {}
