"""Kinds of actions: one table of the facts that decision, ledger and reconciliation need."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Literal

from argosy.core.actions.action import ActionKind
from argosy.core.money.ledger import EntryKind
from argosy.core.money.money import ONE
from argosy.errors import InvalidInput

Sign = Literal["side", "adds", "takes", "level", "none"]
"""Change of the position by an action.

side: as the action's side says.
adds: by its quantity.
takes: by its quantity, downwards.
level: to its quantity, from the value at the decision (`change`, else `parameters["current"]`).
none: no change.
"""

_WORDS = frozenset({"side", "quantity", "asset", "field", "before", "wanted", "order"})


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """Facts about one kind of action.

    `never_adds_risk`: HALT lets it pass. `cancels`: it ends another action and has no numbers of its own.
    `booked_by_fill`: its filled quantity is the sum of its executions. `shared`: its fills are split over the
    strategies that hold the asset. `entry_kind`: ledger entry of its fills. `unit_price`: price per unit of a kind
    that trades money for money. `commitment`: it begins or ends a lasting cost or offer.
    `reduces_by`: direction in which a change of its value adds no risk. `asks_price`: it offers the asset at its limit
    price, or at the value of its change. `needs_change`: it does nothing but set a value.
    `sentence`: the action in words, such as "rent {quantity} of {asset}", with {side}, {quantity}, {asset}, {field}, {before}, {wanted}, {order}.
    """

    kind: str
    sign: Sign = "none"
    never_adds_risk: bool = False
    cancels: bool = False
    booked_by_fill: bool = False
    shared: bool = False
    entry_kind: EntryKind = EntryKind.TRADE
    unit_price: Decimal | None = None
    commitment: Literal["", "begins", "ends"] = ""
    reduces_by: Literal["", "lowering", "raising"] = ""
    asks_price: bool = False
    needs_change: bool = False
    sentence: str = ""

    def __post_init__(self) -> None:
        strange = {name for _, name, _, _ in Formatter().parse(self.sentence) if name is not None} - _WORDS
        if strange:
            raise ValueError(
                f"the sentence of action kind {str(self.kind)!r} has unknown words: {', '.join(sorted(strange))}"
            )


_GENERAL = (
    ActionSpec(
        ActionKind.PLACE_ORDER, sign="side", booked_by_fill=True, sentence="{side} {quantity} {asset}"
    ),
    ActionSpec(
        ActionKind.CANCEL_ORDER,
        never_adds_risk=True,
        cancels=True,
        sentence="cancel order {order} of {asset}",
    ),
    ActionSpec(ActionKind.SET_PRICE, asks_price=True, needs_change=True),
    ActionSpec(ActionKind.LIST, commitment="begins", asks_price=True),
    ActionSpec(
        ActionKind.UNLIST, never_adds_risk=True, commitment="ends", sentence="end the listing of {asset}"
    ),
    ActionSpec(
        ActionKind.SET_BUDGET,
        sign="level",
        unit_price=ONE,
        commitment="begins",
        sentence="set the budget of {asset} to {quantity}",
    ),
    ActionSpec(
        ActionKind.CREATE_LISTING,
        never_adds_risk=True,
        commitment="begins",
        asks_price=True,
        sentence="create a listing of {asset}",
    ),
    ActionSpec(ActionKind.PURCHASE, sign="adds", booked_by_fill=True),
    ActionSpec(ActionKind.ALLOCATE, sign="adds", unit_price=ONE, sentence="allocate {quantity} to {asset}"),
    ActionSpec(ActionKind.WITHDRAW, sign="takes", sentence="withdraw {quantity} from {asset}"),
    ActionSpec(ActionKind.CUSTOM),
)

_lock = threading.RLock()
_specs: dict[str, ActionSpec] = {str(spec.kind): spec for spec in _GENERAL}
_sources: list[Callable[[], object]] = []


def register(*specs: ActionSpec) -> None:
    """Add the kinds of a domain. Raises ValueError if a kind is known with other facts."""
    with _lock:
        for spec in specs:
            if _specs.get(str(spec.kind), spec) != spec:
                raise ValueError(f"action kind {str(spec.kind)!r} exists already with other facts")
        _specs.update({str(spec.kind): spec for spec in specs})


def add_source(load: Callable[[], object]) -> None:
    """Register domains by `load` at the first need: most commands need no kind of a domain."""
    with _lock:
        if load not in _sources:
            _sources.append(load)


def spec_of(kind: str) -> ActionSpec:
    """Return the facts about `kind`.

    Raises InvalidInput for a kind that no installed domain brings.
    """
    spec = _specs.get(str(kind))
    if spec is None:
        _load()
        spec = _specs.get(str(kind))
    if spec is None:
        raise InvalidInput(
            "no installed domain has this kind of action, so the action is not carried out",
            expected="one of " + ", ".join(sorted(_specs)),
            found=repr(str(kind)),
            remedy="install the domain's package, or correct the kind",
        )
    return spec


def kinds(wanted: Callable[[ActionSpec], bool]) -> list[str]:
    """Return the kinds whose facts are `wanted`, in the order of their registration."""
    _load()
    return [kind for kind, spec in list(_specs.items()) if wanted(spec)]


def _load() -> None:
    with _lock:
        sources, _sources[:] = _sources[:], []
        for load in sources:
            load()
