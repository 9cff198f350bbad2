"""Match the executions in a venue's answer with known ones, whatever their order and names.

Executions of one order form a multiset: two with equal terms are two executions, and list order has no meaning.
An execution is matched by the venue's id and its terms; without an id by its terms alone. An id shared by several
executions gets a suffix from the terms, so that each execution has a unique id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from argosy.core.actions.action import Fill
from argosy.core.money import exact

_DERIVED = re.compile(r"^(.*)~[0-9.]+@[0-9.]+#[0-9]+$", re.DOTALL)
_NUMBERED = re.compile(r"^#[0-9]+$")


@dataclass(frozen=True, slots=True)
class Recognised:
    """Executions known so far, and the new ones in the answer.

    `places` are the indexes of `new` in the answer. `doubt` says why nothing of the answer may be booked. `lost`
    means that known executions without ids are missing from the answer.
    """

    known: Sequence[Fill]
    new: Sequence[Fill] = ()
    places: Sequence[int] = ()
    doubt: str | None = None
    lost: bool = False

    @property
    def fills(self) -> list[Fill]:
        return [*self.known, *self.new]


@dataclass(frozen=True, slots=True)
class _Row:
    """Execution as listed in an answer.

    `repeats` means that an equal row with the same id precedes.
    """

    place: int
    fill: Fill
    repeats: bool


def recognise(
    listed: Sequence[Fill], known: Sequence[Fill], total: Decimal | None, *, order_id: str = ""
) -> Recognised:
    """Match the executions of one order in an answer with those known before.

    listed: their `id` is the venue's own id, "" if it gives none.
    total: the filled quantity by the venue, None if not given; it decides when ids and terms leave a doubt.
    order_id: ids of the form `<order id>-<number>` were assigned by us, not by the venue.

    The accepted executions are always a part of the venue's own. Open questions wait for a later answer; a
    contradiction sets `doubt`.
    """
    if not listed:
        return Recognised(known)
    matching = _Matching(_numbered(listed), list(known), order_id)
    matching.run()
    rows, missing = matching.rows, [matching.name(fill) for fill in matching.left]
    if "" in missing or (missing and any(not fill.id for fill in listed)):
        return Recognised(known, doubt="executions that were listed before are listed no more", lost=True)
    repeated = [row for row in rows if row.repeats]
    changed = [row for row in rows if not row.repeats and row.fill.id in missing]
    if not repeated and not changed and all(row.fill.id for row in rows):
        return _taken(known, rows)
    if total is None:
        if repeated or changed:
            return Recognised(known, doubt="one execution listed twice cannot be told from two of one name")
        return _taken(known, rows)
    before = _quantity(known)
    for chosen in (rows, _without(rows, repeated)):
        if exact.add(before, _quantity(row.fill for row in chosen)) == total:
            return _taken(known, chosen)
    firm = _without(rows, [*repeated, *changed])
    if exact.add(before, _quantity(row.fill for row in firm)) > total:
        return Recognised(known, doubt="more executions are listed than the venue counts as filled")
    return _taken(known, firm)


def distinct(fills: Iterable[Fill]) -> list[Fill]:
    """Return each execution of one order once, with a unique id, from lists that may overlap.

    Only for venues that give each execution an id. Rows with equal id, terms and fee are one execution. Other
    rows with that id are further executions.
    """
    rows: dict[Hashable, Fill] = {}
    for fill in fills:
        rows.setdefault((fill.id, terms(fill), _fees(fill)), fill)
    return list(recognise(list(rows.values()), [], None).new)


def terms(fill: Fill) -> Hashable:
    """Return the terms of an execution: symbol, side, quantity and price."""
    return (fill.symbol, fill.side, fill.quantity, fill.price)


def _fees(fill: Fill) -> Hashable:
    return (fill.fee, fill.fee_currency, tuple((fee.currency, fee.amount) for fee in fill.other_fees))


_DETAILS: Sequence[Callable[[Fill], Hashable]] = (
    lambda fill: (_fees(fill), fill.at),
    _fees,
    lambda fill: None,
)
"""Match keys, strictest first: fee and time, then fee, then terms alone."""


@dataclass(slots=True)
class _Matching:
    """Matching of listed rows with known executions.

    `rows` and `left` are the listed rows and known executions that are not matched yet.
    """

    rows: list[_Row]
    left: list[Fill]
    order_id: str
    _own: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._own = re.compile(rf"^{re.escape(self.order_id)}-[0-9]+$")

    def run(self) -> None:
        self._pair(lambda fill: fill.id or None, lambda fill: fill.id)
        for detail in _DETAILS:
            self._pair(
                lambda fill, d=detail: (fill.id, d(fill)) if fill.id else None,  # type: ignore[misc]
                lambda fill, d=detail: (self.name(fill), d(fill)),  # type: ignore[misc]
            )
        for detail in _DETAILS:
            self._pair(
                lambda fill, d=detail: None if fill.id else (d(fill),),  # type: ignore[misc]
                lambda fill, d=detail: (d(fill),),  # type: ignore[misc]
            )
            self._pair(
                lambda fill, d=detail: (d(fill),),  # type: ignore[misc]
                lambda fill, d=detail: None if self.name(fill) else (d(fill),),  # type: ignore[misc]
            )

    def name(self, fill: Fill) -> str:
        """Return the venue's own id of a known execution, "" if the venue gave none."""
        derived = _DERIVED.match(fill.id)
        if derived:
            return derived[1]
        ours = _NUMBERED.match(fill.id) or (self.order_id and self._own.match(fill.id))
        return "" if ours else fill.id

    def _pair(
        self, of_row: Callable[[Fill], Hashable | None], of_known: Callable[[Fill], Hashable | None]
    ) -> None:
        """Remove pairs of equal terms and equal keys; a key of None matches nothing."""
        waiting: dict[Hashable, list[Fill]] = defaultdict(list)
        for fill in reversed(self.left):
            key = of_known(fill)
            if key is not None:
                waiting[key, terms(fill)].append(fill)
        taken: list[Fill] = []
        rows: list[_Row] = []
        for row in self.rows:
            key = of_row(row.fill)
            mates = None if key is None else waiting.get((key, terms(row.fill)))
            if mates:
                taken.append(mates.pop())
            else:
                rows.append(row)
        gone = {id(fill) for fill in taken}
        self.rows, self.left = rows, [fill for fill in self.left if id(fill) not in gone]


def _numbered(listed: Sequence[Fill]) -> list[_Row]:
    seen: set[Hashable] = set()
    rows: list[_Row] = []
    for place, fill in enumerate(listed):
        key = (fill.id, terms(fill), _fees(fill), fill.at)
        rows.append(_Row(place, fill, repeats=bool(fill.id) and key in seen))
        seen.add(key)
    return rows


def _without(rows: Sequence[_Row], some: Sequence[_Row]) -> list[_Row]:
    places = {row.place for row in some}
    return [row for row in rows if row.place not in places]


def _quantity(fills: Iterable[Fill]) -> Decimal:
    return exact.total(fill.quantity for fill in fills)


def _taken(known: Sequence[Fill], rows: Sequence[_Row]) -> Recognised:
    """Accept `rows` with ids that are unique, and equal for any order of the answer."""
    used = {(fill.id, fill.symbol) for fill in known}
    ids: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: (row.fill.at, row.fill.quantity, row.fill.price, row.fill.fee)):
        name, number = row.fill.id, 0
        while not name or (name, row.fill.symbol) in used:
            number += 1
            name = f"{row.fill.id}~{exact.text(row.fill.quantity)}@{exact.text(row.fill.price)}#{number}"
        used.add((name, row.fill.symbol))
        ids[row.place] = name
    return Recognised(
        known,
        [row.fill.model_copy(update={"id": ids[row.place]}) for row in rows],
        [row.place for row in rows],
    )
