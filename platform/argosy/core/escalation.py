"""What follows from what the guard sees: which states are due, which ALERTs stay, which have run out. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.emergency import EmergencyState, strategy_scope
from argosy.core.risk.assessment import Finding
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.judge import UNKNOWN
from argosy.core.risk.snapshot import Path, Snapshot
from argosy.core.risk.watch import watch
from argosy.core.transition import clears

WARNING = Decimal("0.8")
"""Part of a cause's limit from which it warns; risk constraints have their own."""

QUIET = Decimal("0.9")
"""Part of its warning below which a cause is quiet: an ALERT ends only when all of them are, for a while."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One cause in one scope. `wants` NORMAL and not `quiet`: no reason to alert, and none to be at ease."""

    scope: str
    cause: str
    wants: EmergencyState
    quiet: bool
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A scope's own state, as Postgres has it."""

    state: EmergencyState
    automatic: bool = False
    clears_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    scope: str
    state: EmergencyState
    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """`moves` are to be made, `unquiet` scopes stay in ALERT for another cool-down, `over` are ALERTs that end."""

    moves: Sequence[Move] = ()
    unquiet: Sequence[str] = ()
    over: Sequence[str] = ()


def graded(
    scope: str,
    cause: str,
    value: Decimal,
    limit: Decimal,
    text: str,
    *,
    worst: EmergencyState = EmergencyState.HALT,
) -> Signal:
    """The signal of a value with a limit: HALT from the limit on, ALERT from 80 % of it, quiet below 72 %."""
    warning = WARNING * limit
    wants = EmergencyState.NORMAL
    if value >= limit:
        wants = EmergencyState.HALT
    elif value >= warning:
        wants = EmergencyState.ALERT
    return Signal(scope, cause, min(wants, worst), value < QUIET * warning, text)


def escalate(
    signals: Sequence[Signal], standings: Mapping[str, Standing], now: datetime, *, watched: bool
) -> Escalation:
    """States only rise here, by the strongest signal of each scope; an automatic ALERT ends by `clears_at`.

    `watched` False: nobody looked for a while, so no ALERT can be known to have been quiet since.
    """
    strongest: dict[str, Signal] = {}
    for signal in signals:
        known = strongest.get(signal.scope)
        if known is None or signal.wants > known.wants:
            strongest[signal.scope] = signal
    moves = [
        Move(scope, signal.wants, signal.cause, signal.text)
        for scope, signal in strongest.items()
        if signal.wants > _of(standings, scope).state
    ]
    loud = {signal.scope for signal in signals if not signal.quiet}
    alerts = [
        scope
        for scope, standing in standings.items()
        if standing.state is EmergencyState.ALERT and standing.automatic
    ]
    return Escalation(
        moves=moves,
        unquiet=[scope for scope in alerts if scope in loud or not watched],
        over=[
            scope
            for scope in alerts
            if watched
            and scope not in loud
            and clears(EmergencyState.ALERT, automatic=True, clears_at=standings[scope].clears_at, now=now)
        ],
    )


def risk_signals(
    constraints: Sequence[Constraint], snapshot: Snapshot, bots: Mapping[str, tuple[str, str]], mode: str
) -> list[Signal]:
    """What the constraints say of the state itself, in scopes that can be halted.

    `bots` are domain and mode of every bot. A limit of a venue or an asset concerns the strategies that are in it;
    one of the platform or a domain concerns the bots of `mode` alone, where there are others: modes never mix.
    """
    lower = [each.model_copy(update={"warning": each.warning * QUIET}) for each in constraints]
    unquiet = {found.constraint for found in watch(lower, snapshot) if found.verdict != "ok"}
    return [
        Signal(scope, found.code, _wanted(found), _is_quiet(found, unquiet), found.text)
        for found in watch(constraints, snapshot)
        for scope in _scopes(found.scope, snapshot, bots, mode)
    ]


def _is_quiet(found: Finding, unquiet: Container[str]) -> bool:
    return found.code != UNKNOWN and found.constraint not in unquiet


def _wanted(found: Finding) -> EmergencyState:
    if found.verdict == "denied":
        return EmergencyState.HALT
    return EmergencyState.ALERT if found.verdict == "warning" else EmergencyState.NORMAL


def _scopes(scope: str, snapshot: Snapshot, bots: Mapping[str, tuple[str, str]], mode: str) -> Sequence[str]:
    kind, _, name = scope.partition(":")
    if kind in ("bot", "strategy"):
        return [scope]
    if kind in ("venue", "asset"):
        paths = [holding.path for holding in snapshot.holdings] + [each.path for each in snapshot.open]
        return sorted({_own(path) for path in paths if scope in path.scopes})
    inside = {bot: of for bot, of in bots.items() if kind == "platform" or of[0] == name}
    if all(of[1] == mode for of in inside.values()):
        return [scope]
    return sorted(f"bot:{bot}" for bot, of in inside.items() if of[1] == mode)


def _own(path: Path) -> str:
    return strategy_scope(path.bot, path.strategy) if path.strategy else f"bot:{path.bot}"


def _of(standings: Mapping[str, Standing], scope: str) -> Standing:
    return standings.get(scope, Standing(EmergencyState.NORMAL))
