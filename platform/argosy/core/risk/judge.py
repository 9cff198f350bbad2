"""Conversion of a measure to a finding in numbers and text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Literal

from argosy.core.money.money import ZERO
from argosy.core.risk.assessment import Finding
from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.risk.kinds.rate import DEFAULT_WINDOW_S
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.scope import Scope

UNKNOWN = "risk.unknown"
MOST_UTILISATION = 999.0
"""Utilisation shown for an exceeded limit of zero, or a used-up minimum."""

_EXACT = Context(prec=120, rounding=ROUND_HALF_EVEN)
_STORED = Context(prec=34, rounding=ROUND_HALF_EVEN)
_SHOWN = Context(prec=6, rounding=ROUND_HALF_EVEN)
_NOT_FINITE = "a number is not finite"
_ORDER = list(ConstraintKind)
_NAMES = {
    ConstraintKind.POSITION_SIZE: "position",
    ConstraintKind.CAPITAL_PER_ACTION: "cost of the action",
    ConstraintKind.TOTAL_EXPOSURE: "exposure",
    ConstraintKind.CONCENTRATION: "share of equity in one asset",
    ConstraintKind.LEVERAGE: "leverage",
    ConstraintKind.DAILY_LOSS: "loss since the day's start",
    ConstraintKind.DRAWDOWN: "drawdown",
    ConstraintKind.ACTION_RATE: "actions",
    ConstraintKind.MINIMUM_BALANCE: "free balance",
    ConstraintKind.VOLATILITY: "volatility a year",
    ConstraintKind.CORRELATION_GROUP: "net exposure of the group",
    ConstraintKind.PRICE_FLOOR: "price asked for",
    ConstraintKind.LARGEST_CHANGE: "change of the value",
    ConstraintKind.COOLDOWN: "seconds since the last edit",
    ConstraintKind.SHARE_OF_MARKET: "share of the market",
    ConstraintKind.STOCK_DAYS: "days of stock",
    ConstraintKind.UTILISATION: "utilisation of the pool",
    ConstraintKind.CUSTOM: "measure",
}

Verdict = Literal["ok", "warning", "denied"]


@contextmanager
def exact() -> Iterator[None]:
    """Set a decimal context of 120 digits inside, for sums and products without rounding."""
    with localcontext(_EXACT):
        yield


def finding_of(constraint: Constraint, measure: Measure, *, may_deny: bool = True) -> Finding:
    """Return the finding of a measure.

    `may_deny` False turns a denial into a warning, for reducing actions. Raises Unknown for numbers that are not
    finite.
    """
    if not (measure.before.is_finite() and measure.after.is_finite()):
        raise Unknown(_NOT_FINITE)
    over, near = measure.over, measure.near(constraint.warning)
    stops = over and may_deny and constraint.mode == "enforce"
    verdict: Verdict = "denied" if stops else "warning" if over or near else "ok"
    current, new = (_STORED.plus(measure.shown(each)) for each in (measure.before, measure.after))
    return Finding(
        constraint=constraint.id,
        scope=constraint.scope,
        kind=constraint.kind,
        mode=constraint.mode,
        verdict=verdict,
        current=current,
        new=new,
        limit=constraint.limit,
        utilisation=utilisation(measure),
        code=f"risk.{constraint.kind.value}",
        text=_text(constraint, measure, over),
    )


def unknown_finding(constraint: Constraint, error: Exception, verdict: Verdict) -> Finding:
    """Return the finding of a constraint that cannot be computed.

    An arithmetic error means that a number is NaN or infinite.
    """
    why = str(error) if isinstance(error, Unknown) else _NOT_FINITE
    return Finding(
        constraint=constraint.id,
        scope=constraint.scope,
        kind=constraint.kind,
        mode=constraint.mode,
        verdict=verdict,
        current=ZERO,
        new=ZERO,
        limit=constraint.limit,
        utilisation=1.0,
        code=UNKNOWN,
        text=f"{constraint.scope}: {_NAMES[constraint.kind]} cannot be computed: {why}",
    )


def utilisation(measure: Measure) -> float:
    """Return amount / bound, or limit / balance for a minimum; always finite."""
    amount, bound = measure.after, measure.bound
    if measure.minimum:
        amount, bound = -bound, -amount
    if bound <= 0:
        return MOST_UTILISATION if measure.over else float(measure.minimum)
    return min(max(float(amount / bound), 0.0), MOST_UTILISATION)


def order(finding: Finding) -> tuple[int, int, str]:
    """Return the sort key: widest scope first, then the order of the kinds."""
    return Scope.from_text(finding.scope).width, _ORDER.index(finding.kind), finding.constraint


def _text(constraint: Constraint, measure: Measure, over: bool) -> str:
    name = _NAMES[constraint.kind]
    about = f" ({measure.what})" if measure.what else ""
    before, after = (_STORED.plus(measure.shown(each)) for each in (measure.before, measure.after))
    change = f"{short(after)}" if before == after else f"{short(before)} → {short(after)}"
    word = "at least" if measure.minimum else "at most"
    within = (
        f" within {constraint.window_s or DEFAULT_WINDOW_S} s"
        if constraint.kind is ConstraintKind.ACTION_RATE
        else f" within {constraint.window_s} s"
        if constraint.window_s is not None
        else ""
    )
    verdict = "; over the limit" if over and not measure.minimum else "; below the limit" if over else ""
    return f"{constraint.scope}: {name}{about} {change}, {word} {short(constraint.limit)}{within}{verdict}"


def short(value: Decimal) -> str:
    """Format with six digits, without an exponent."""
    return f"{_SHOWN.plus(value).normalize(_SHOWN):f}"
