"""Emergency states, their scopes, and the state that holds along a path of scopes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from argosy.core.scope import EMERGENCY_KINDS, Scope

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


def emergency_scope(name: str) -> Scope:
    """Parse the name of a scope with an emergency state. Raises InvalidInput for other names."""
    return Scope.from_text(name, EMERGENCY_KINDS)


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
