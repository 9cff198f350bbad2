"""Measures of plug-ins: a name, and a function of the snapshot and the scope."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from argosy.core.money.money import decimal
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import Snapshot
from argosy.errors import ArgosyError, Conflict

CustomMeasure = Callable[[Snapshot, str], Decimal]
"""Function (snapshot, scope) → amount that a `custom` constraint compares with its limit.

Any exception means that the measure is unknown.
"""

_measures: dict[str, CustomMeasure] = {}


def register(name: str, measure: CustomMeasure) -> None:
    """Register `measure` for `parameters["measure"]`; raise Conflict if the name is taken."""
    if _measures.setdefault(name, measure) is not measure:
        raise Conflict("another measure has this name", found=name, remedy="give it a name of its own")


def unregister(name: str) -> None:
    _measures.pop(name, None)


def names() -> list[str]:
    return sorted(_measures)


def value_of(name: str, scope: str, snapshot: Snapshot) -> Decimal:
    """Return the value of a custom measure.

    A value in `snapshot.custom`, under "name@scope" or the name alone, precedes the registered function. Raises
    Unknown.
    """
    for key in (f"{name}@{scope}", name):
        if key in snapshot.custom:
            return snapshot.custom[key]
    measure = _measures.get(name)
    if measure is None:
        raise Unknown(f"there is no measure named {name!r}")
    try:
        return decimal(measure(snapshot, scope), name=name)
    except ArgosyError as error:
        raise Unknown(str(error)) from error
    except Exception as error:
        raise Unknown(f"the measure {name} failed: {error!r}") from error
