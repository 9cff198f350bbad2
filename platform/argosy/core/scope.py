"""Scopes: the parts of the platform that a state, a limit or a sum of money holds for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

from argosy.core.bot import ID_PATTERN
from argosy.errors import InvalidInput

ScopeKind = Literal["platform", "domain", "bot", "strategy", "venue", "asset"]
SCOPE_KINDS: tuple[ScopeKind, ...] = ("platform", "domain", "bot", "strategy", "venue", "asset")
"""Kinds of scopes, widest first."""
EMERGENCY_KINDS = SCOPE_KINDS[:4]
"""Kinds that have an emergency state."""
PLATFORM_SCOPE = "platform"


def domain_scope(domain: str) -> str:
    return f"domain:{domain}"


def bot_scope(bot_id: str) -> str:
    return f"bot:{bot_id}"


def strategy_scope(bot_id: str, strategy_id: str) -> str:
    return f"strategy:{bot_id}/{strategy_id}"


def venue_scope(venue: str) -> str:
    return f"venue:{venue}"


def asset_scope(venue: str, symbol: str) -> str:
    return f"asset:{venue}/{symbol}"


@dataclass(frozen=True, slots=True)
class ScopePath:
    """Owner and asset of a position, an action or a sum of money.

    `strategy` is empty for the bot's own, `venue` and `symbol` where none is involved. `venue_domain` is the domain that
    brought the venue; empty where it is unknown or the bot's own.
    """

    domain: str
    bot: str
    strategy: str = ""
    venue: str = ""
    symbol: str = ""
    venue_domain: str = ""

    @property
    def asset(self) -> tuple[str, str]:
        return self.venue, self.symbol

    @property
    def scopes(self) -> tuple[str, ...]:
        """Names of all scopes around it, widest first. A venue of another domain adds that domain."""
        return (
            PLATFORM_SCOPE,
            domain_scope(self.domain),
            *((domain_scope(self.venue_domain),) if self.venue_domain not in ("", self.domain) else ()),
            bot_scope(self.bot),
            *((strategy_scope(self.bot, self.strategy),) if self.strategy else ()),
            *((venue_scope(self.venue),) if self.venue else ()),
            *((asset_scope(self.venue, self.symbol),) if self.symbol else ()),
        )

    @property
    def account_scopes(self) -> tuple[str, ...]:
        """Names of the scopes around it that have an equity of their own: all but the asset."""
        return replace(self, symbol="").scopes

    @property
    def owner(self) -> str:
        """Name of the narrowest scope that owns it: the strategy, else the bot."""
        return strategy_scope(self.bot, self.strategy) if self.strategy else bot_scope(self.bot)


@dataclass(frozen=True, slots=True)
class Scope:
    """One part of the platform.

    `bot` is set for bots and strategies, `venue` for venues and assets.
    """

    kind: ScopeKind
    domain: str = ""
    bot: str = ""
    strategy: str = ""
    venue: str = ""
    symbol: str = ""

    @staticmethod
    def from_text(text: str, kinds: Sequence[ScopeKind] = SCOPE_KINDS) -> Scope:
        """Parse a scope's name. Raises InvalidInput for anything but a scope of these kinds."""
        found = _parsed(text)
        if found is None or found.kind not in kinds:
            raise InvalidInput(
                "this is no scope" if kinds == SCOPE_KINDS else "this is no scope of emergency states",
                expected=" or ".join((", ".join(_FORMS[kind] for kind in kinds[:-1]), _FORMS[kinds[-1]])),
                found=repr(text[:200]),
            )
        return found

    def contains(self, path: ScopePath) -> bool:
        """True if the path lies inside this scope.

        An action at a venue lies inside the venue's domain too. A strategy's scope excludes the bot's own.
        """
        match self.kind:
            case "domain":
                return self.domain in (path.domain, path.venue_domain)
            case "bot":
                return self.bot == path.bot
            case "strategy":
                return (self.bot, self.strategy) == (path.bot, path.strategy)
            case "venue":
                return self.venue == path.venue
            case "asset":
                return (self.venue, self.symbol) == (path.venue, path.symbol)
        return True

    def belongs_to(self, bot_id: str) -> bool:
        """True for the scope of the bot and for those of its strategies."""
        return self.kind in ("bot", "strategy") and self.bot == bot_id

    @property
    def width(self) -> int:
        """0 for the platform, rising as scopes get narrower."""
        return SCOPE_KINDS.index(self.kind)

    def __str__(self) -> str:
        match self.kind:
            case "domain":
                return domain_scope(self.domain)
            case "bot":
                return bot_scope(self.bot)
            case "strategy":
                return strategy_scope(self.bot, self.strategy)
            case "venue":
                return venue_scope(self.venue)
            case "asset":
                return asset_scope(self.venue, self.symbol)
        return PLATFORM_SCOPE


PLATFORM = Scope("platform")

_FORMS: dict[ScopeKind, str] = {
    "platform": "platform",
    "domain": "domain:<domain>",
    "bot": "bot:<bot>",
    "strategy": "strategy:<bot>/<strategy>",
    "venue": "venue:<venue>",
    "asset": "asset:<venue>/<symbol>",
}
_ID = ID_PATTERN.strip("^$")
_SCOPE = re.compile(
    rf"(?P<platform>platform)|domain:(?P<domain>{_ID})|bot:(?P<bot>{_ID})|strategy:(?P<of>{_ID})/(?P<strategy>{_ID})"
    r"|venue:(?P<venue>[^/\s]+)|asset:(?P<at>[^/\s]+)/(?P<asset>\S+)"
)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Scope | None:
    found = _SCOPE.fullmatch(text)
    if found is None:
        return None
    return Scope(
        cast(ScopeKind, found.lastgroup),
        domain=found["domain"] or "",
        bot=found["bot"] or found["of"] or "",
        strategy=found["strategy"] or "",
        venue=found["venue"] or found["at"] or "",
        symbol=found["asset"] or "",
    )
