"""Emergency states, their scopes, and the state that holds along a path of scopes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from argosy.core.bot import ID_PATTERN
from argosy.errors import InvalidInput

StateName = Literal["NORMAL", "ALERT", "HALT", "SHUTDOWN"]


LATEST_CALL_S = 3.0
"""Largest delay in seconds between the beginning of an action and its call to the venue.

Later actions are not sent. A halt waits longer than this for actions that had begun.
"""


class EmergencyState(IntEnum):
    """Emergency state; higher is stricter, and the strictest along the path holds."""

    NORMAL = 0
    ALERT = 1
    HALT = 2
    SHUTDOWN = 3


PLATFORM_SCOPE = "platform"


def domain_scope(domain: str) -> str:
    return f"domain:{domain}"


def bot_scope(bot_id: str) -> str:
    return f"bot:{bot_id}"


def strategy_scope(bot_id: str, strategy_id: str) -> str:
    return f"strategy:{bot_id}/{strategy_id}"


def scope_path(domain: str, bot_id: str, strategy_id: str | None = None) -> tuple[str, ...]:
    """Return the scopes from the platform down to the bot or strategy."""
    path = (PLATFORM_SCOPE, domain_scope(domain), bot_scope(bot_id))
    return path if strategy_id is None else (*path, strategy_scope(bot_id, strategy_id))


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope of an emergency state.

    `domain` is set for the kind domain, `bot` for the kinds bot and strategy.
    """

    kind: Literal["platform", "domain", "bot", "strategy"]
    domain: str = ""
    bot: str = ""
    strategy: str = ""

    def covers(self, domain: str, bot: str, strategy: str = "", venue_domain: str = "") -> bool:
        """Return True if the given domain, bot and strategy are inside this scope.

        `strategy` "" is the bot's own workflow, which no strategy's scope covers. Activity at a venue also
        belongs to the venue's domain, in addition to the bot's.
        """
        match self.kind:
            case "domain":
                return self.domain in (domain, venue_domain)
            case "bot":
                return self.bot == bot
            case "strategy":
                return (self.bot, self.strategy) == (bot, strategy)
        return True

    def __str__(self) -> str:
        if self.kind == "domain":
            return domain_scope(self.domain)
        if self.kind == "bot":
            return bot_scope(self.bot)
        return strategy_scope(self.bot, self.strategy) if self.kind == "strategy" else PLATFORM_SCOPE


_ID = ID_PATTERN.strip("^$")
_SCOPE = re.compile(
    rf"platform|domain:(?P<domain>{_ID})|bot:(?P<bot>{_ID})|strategy:(?P<of>{_ID})/(?P<strategy>{_ID})"
)


def parse_scope(text: str) -> Scope:
    """Parse a scope such as "bot:btc_15m"; raise InvalidInput for any other text."""
    found = _SCOPE.fullmatch(text)
    if found is None:
        raise InvalidInput(
            "this is no scope of emergency states",
            expected="platform, domain:<domain>, bot:<bot> or strategy:<bot>/<strategy>",
            found=repr(text[:200]),
        )
    if found["domain"]:
        return Scope("domain", domain=found["domain"])
    if found["bot"]:
        return Scope("bot", bot=found["bot"])
    if found["strategy"]:
        return Scope("strategy", bot=found["of"], strategy=found["strategy"])
    return Scope("platform")


@dataclass(frozen=True, slots=True)
class EmergencyFlag:
    """State of one scope; `epoch` rises with every change."""

    scope: str
    state: EmergencyState
    epoch: int
    reason: str = ""

    def encode(self) -> str:
        return f"{self.state.name}|{self.epoch}|{self.reason}"

    @classmethod
    def decode(cls, scope: str, text: str) -> EmergencyFlag:
        """Parse a stored flag; raise ValueError for any other text.

        The caller must treat a corrupt value as stopped.
        """
        found = _FLAG.fullmatch(text)
        if found is None:
            raise ValueError(f"no flag: {text[:80]!r}")
        return cls(scope, EmergencyState[found["state"]], int(found["epoch"]), found["reason"])


_FLAG = re.compile(
    rf"(?P<state>{'|'.join(EmergencyState.__members__)})\|(?P<epoch>[0-9]{{1,15}})\|(?P<reason>.*)", re.DOTALL
)
"""Pattern of a stored flag.

Epochs of up to fifteen digits are exact in every reader, Lua included.
"""


def stored_flag(scope: str, raw: bytes | None) -> EmergencyFlag | None:
    """Return the flag stored in Redis; a corrupt value counts as HALT."""
    if raw is None:
        return None
    try:
        return EmergencyFlag.decode(scope, raw.decode())
    except ValueError:
        return EmergencyFlag(scope, EmergencyState.HALT, 0, f"the flag of {scope} is corrupt: {raw[:80]!r}")


def worst(flags: Iterable[EmergencyFlag]) -> EmergencyFlag | None:
    return max(flags, key=lambda flag: (flag.state, flag.epoch), default=None)
