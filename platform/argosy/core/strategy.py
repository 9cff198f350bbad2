"""Strategy templates (workflows), and their instances in bots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from argosy.core.wire import Wire


class StrategyTemplate(Wire):
    id: str = Field(pattern=ID_PATTERN)
    name: str
    description: str = ""
    workflow_digest: str


class StrategyInstance(Wire):
    """Strategy template in a bot.

    `weight` is the share of the bot's capital. `config_overrides` maps node ids to parameters.
    """

    id: str = Field(pattern=ID_PATTERN)
    bot_id: str
    strategy: str
    enabled: bool = True
    weight: Decimal = Field(default=Decimal(1), ge=0, le=1)
    config_overrides: dict[str, dict[str, Any]] = {}
