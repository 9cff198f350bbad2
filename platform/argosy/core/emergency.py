"""Emergency states and how they combine along a scope path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class EmergencyState(IntEnum):
    """Ordered: the effective state is the worst along the path."""

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
    """Platform first, then narrower."""
    path = (PLATFORM_SCOPE, domain_scope(domain), bot_scope(bot_id))
    return path if strategy_id is None else (*path, strategy_scope(bot_id, strategy_id))


@dataclass(frozen=True, slots=True)
class EmergencyFlag:
    """One scope's state. `epoch` rises with every change."""

    scope: str
    state: EmergencyState
    epoch: int
    reason: str = ""

    def encode(self) -> str:
        return f"{self.state.name}|{self.epoch}|{self.reason}"

    @classmethod
    def decode(cls, scope: str, text: str) -> EmergencyFlag:
        """Raises ValueError for anything that is not a flag: a corrupt value must read as stopped."""
        state, epoch, reason = text.split("|", 2)
        return cls(scope, EmergencyState[state], int(epoch), reason)


def worst(flags: Iterable[EmergencyFlag]) -> EmergencyFlag | None:
    return max(flags, key=lambda flag: (flag.state, flag.epoch), default=None)
