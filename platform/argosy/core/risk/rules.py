"""Validity of a constraint before saving: its scopes, its range of limits, its parameters."""

from __future__ import annotations

import re
from decimal import Decimal

from argosy.core.money.money import ONE
from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.risk.custom import kind_of
from argosy.core.risk.custom import names as measures
from argosy.core.risk.kinds import correlation, custom, rate, values
from argosy.core.scope import Scope
from argosy.errors import InvalidInput

ID_PATTERN = r"^[A-Za-z0-9_.:-]{1,120}$"

_OF_CAPITAL = frozenset(
    {
        ConstraintKind.CONCENTRATION,
        ConstraintKind.LEVERAGE,
        ConstraintKind.DRAWDOWN,
        ConstraintKind.MINIMUM_BALANCE,
    }
)
"""Kinds measured against capital, which venues and assets do not have.

A venue has only its earnings and positions, which would be the wrong measure.
"""
_MOST = {
    ConstraintKind.CONCENTRATION: (ONE, "a fraction of the equity, 0 to 1"),
    ConstraintKind.DRAWDOWN: (ONE, "a fraction of the highest equity, 0 to 1"),
    ConstraintKind.LEVERAGE: (Decimal(1000), "exposure / equity, 0 to 1000"),
    ConstraintKind.VOLATILITY: (Decimal(1000), "a fraction a year, 0 to 1000"),
    ConstraintKind.ACTION_RATE: (Decimal(1_000_000), "a whole number of actions, 0 to 1000000"),
    ConstraintKind.LARGEST_CHANGE: (Decimal(100), "a fraction of the value, 0 to 100"),
    ConstraintKind.COOLDOWN: (Decimal(31 * 86_400), "seconds, 0 to 2678400"),
    ConstraintKind.SHARE_OF_MARKET: (ONE, "a fraction of the market, 0 to 1"),
    ConstraintKind.STOCK_DAYS: (Decimal(36_500), "days of sales, 0 to 36500"),
    ConstraintKind.UTILISATION: (ONE, "a fraction of the pool, 0 to 1"),
}
_PARAMETERS = {
    ConstraintKind.ACTION_RATE: rate.PARAMETER,
    ConstraintKind.CORRELATION_GROUP: correlation.PARAMETER,
    ConstraintKind.CUSTOM: custom.PARAMETER,
    ConstraintKind.PRICE_FLOOR: values.PARAMETER,
    ConstraintKind.SHARE_OF_MARKET: values.PARAMETER,
    ConstraintKind.STOCK_DAYS: values.PARAMETER,
}


def check_constraint(constraint: Constraint) -> Constraint:
    """Return the constraint if it is valid; raise InvalidInput with the problem otherwise."""
    kind = constraint.kind
    if not re.fullmatch(ID_PATTERN, constraint.id):
        raise InvalidInput("the limit's id does not fit", expected=ID_PATTERN, found=repr(constraint.id))
    scope = Scope.from_text(constraint.scope)
    if kind in _OF_CAPITAL and scope.kind in ("venue", "asset"):
        raise InvalidInput(
            f"{kind.value} is measured against capital, and a venue or an asset has none of its own",
            expected="the scope platform, domain, bot or strategy",
            found=constraint.scope,
        )
    if kind is ConstraintKind.DAILY_LOSS and scope.kind == "asset":
        raise InvalidInput(
            "daily_loss is measured by equity, and an asset has none of its own",
            expected="the scope platform, domain, bot, strategy or venue",
            found=constraint.scope,
        )
    most, words = _MOST.get(kind, (None, ""))
    if most is not None and constraint.limit > most:
        raise InvalidInput(
            f"the limit of {kind.value} is out of range", expected=words, found=str(constraint.limit)
        )
    if kind is ConstraintKind.ACTION_RATE:
        if constraint.limit != constraint.limit.to_integral_value():
            raise InvalidInput(
                "the limit of action_rate is out of range", expected=words, found=str(constraint.limit)
            )
    elif constraint.window_s is not None and kind is not ConstraintKind.LARGEST_CHANGE:
        raise InvalidInput(
            "only action_rate and largest_change have a window",
            expected="no window",
            found=f"{constraint.window_s} s",
        )
    _check_parameters(constraint)
    return constraint


def _check_parameters(constraint: Constraint) -> None:
    known = _PARAMETERS.get(constraint.kind)
    strange = sorted(constraint.parameters.keys() - {known})
    own = constraint.kind is ConstraintKind.CUSTOM and kind_of(
        constraint.parameters.get(custom.PARAMETER, "")
    )
    if strange and not own:  # a package's kind has parameters of its own
        raise InvalidInput(
            f"{constraint.kind.value} has no such parameter",
            expected=known or "no parameters",
            found=", ".join(strange),
        )
    if constraint.kind is ConstraintKind.CORRELATION_GROUP:
        names = correlation.group(constraint)
        wrong = [name for name in names if "/" not in name and "*" not in name]
        if wrong or not names:
            raise InvalidInput(
                "a correlation group names its assets",
                expected='the parameter assets, such as "exchange/BTC/USD, market/*"',
                found=", ".join(wrong) or "none",
            )
    if (
        constraint.kind is ConstraintKind.CUSTOM
        and constraint.parameters.get(custom.PARAMETER) not in measures()
    ):
        raise InvalidInput(
            "a custom constraint names a registered measure",
            expected="the parameter measure, one of "
            + (", ".join(measures()) or "none: no plug-in brings one"),
            found=constraint.parameters.get(custom.PARAMETER, "none"),
        )
    if _PARAMETERS.get(constraint.kind) == values.PARAMETER and not values.fields(constraint, values.PRICES):
        raise InvalidInput(
            f"{constraint.kind.value} holds for no field, so it would protect nothing",
            expected='the parameter fields, such as "price, offer"',
            found="none",
        )
    counted = constraint.parameters.get(rate.PARAMETER, "false")
    if constraint.kind is ConstraintKind.ACTION_RATE and counted not in ("true", "false"):
        raise InvalidInput(f"{rate.PARAMETER} is a yes or no", expected="true or false", found=counted)
