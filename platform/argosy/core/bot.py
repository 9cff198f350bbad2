"""Bots, which orchestrate strategies: schedule, capital, weights, venues."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from argosy.core.wire import Wire

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
DOMAIN_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"


class Mode(StrEnum):
    """Mode of a bot.

    paper: real or sandboxed prices, simulated fills. sandbox: Argosy's own venue server. live: real money.
    """

    PAPER = "paper"
    SANDBOX = "sandbox"
    LIVE = "live"


class BotState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Bot(Wire):
    """Bot with its `capital` in `base_currency`.

    The bot's own workflow names its strategies and their weights.
    """

    id: str = Field(pattern=ID_PATTERN)
    name: str
    domain: str = Field(pattern=DOMAIN_PATTERN)
    mode: Mode = Mode.PAPER
    state: BotState = BotState.RUNNING
    workflow_id: str
    workflow_digest: str
    capital: Decimal = Field(gt=0)
    base_currency: str = "USD"
