"""Measures and kinds of limits that packages bring, by name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from argosy.core.money.money import decimal
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import Snapshot
from argosy.errors import ArgosyError, Conflict

if TYPE_CHECKING:
    from argosy.core.risk.kinds.kind import Kind

CustomMeasure = Callable[[Snapshot, str], Decimal]
"""Function (snapshot, scope) → amount that a `custom` constraint compares with its limit.

Any exception means that the measure is unknown.
"""

_measures: dict[str, CustomMeasure] = {}
_kinds: dict[str, Kind] = {}


def register(name: str, measure: CustomMeasure) -> None:
    """Register `measure` for `parameters["measure"]`; raise Conflict if the name is taken."""
    if name in _kinds or _measures.setdefault(name, measure) is not measure:
        raise Conflict("another measure has this name", found=name, remedy="give it a name of its own")


def register_kind(name: str, kind: Kind) -> None:
    """Register a domain's own kind of limit for `parameters["measure"]`.

    A kind sees the action as well, not the snapshot alone. Raises Conflict if the name is taken.
    """
    if name in _measures or _kinds.setdefault(name, kind) != kind:
        raise Conflict("another measure has this name", found=name, remedy="give it a name of its own")


def unregister(name: str) -> None:
    _measures.pop(name, None)
    _kinds.pop(name, None)


def names() -> list[str]:
    return sorted({*_measures, *_kinds})


def kind_of(name: str) -> Kind | None:
    """Return the kind that a domain registered under `name`, if there is one."""
    return _kinds.get(name)


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
