"""Reading of values from foreign methods: dicts or objects, floats or text, varying names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.core.clock import from_ms
from argosy.core.money.money import decimal
from argosy.core.venues.venue import Level
from argosy.domains.trading.venues.replies.fields import field, number
from argosy.errors import BadReply, InvalidInput

_SECONDS_UNTIL = (
    100_000_000_000  # Unix seconds stay below this for 3,000 years, milliseconds passed it in 1973.
)


def moment(value: Any, *, zoned: bool = False) -> datetime | None:
    """Read a time from a datetime, Unix seconds or milliseconds, or ISO-8601; else None.

    A time without a zone counts as UTC. With `zoned` it becomes None, because it may be a local time.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return None if zoned else value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
    if isinstance(value, str):
        try:
            return moment(datetime.fromisoformat(value.replace("Z", "+00:00")), zoned=zoned)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        exact = Decimal(str(value))
        return from_ms(int(exact * 1000) if abs(exact) < _SECONDS_UNTIL else int(exact))
    except (OverflowError, ValueError, ArithmeticError):
        return None


def levels(raw: Any, *, descending: bool) -> list[Level]:
    """Read the levels of a book, best first. Raises BadReply.

    Levels are pairs, dicts or objects. Levels without price or size are left out.
    """
    if raw is None or isinstance(raw, str | bytes):
        raise BadReply(
            "the provider's book cannot be read", expected="a list of levels", found=repr(raw)[:80]
        )
    if isinstance(raw, Mapping):  # {price: size}
        raw = list(raw.items())
    if not isinstance(raw, Iterable):
        raise BadReply("the provider's book cannot be read", found=type(raw).__name__)
    found = [_level(item) for item in raw]
    return sorted(
        (level for level in found if level.price > 0 and level.size > 0),
        key=lambda level: level.price,
        reverse=descending,
    )


def _level(raw: Any) -> Level:
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        if len(raw) < 2:
            raise BadReply("a level of the provider's book cannot be read", found=repr(raw)[:80])
        price, size = raw[0], raw[1]
    else:
        price = field(raw, "price", "p", "px", "rate")
        size = field(raw, "size", "amount", "quantity", "qty", "volume", "q", "s")
    return Level(price=number(price, "price"), size=number(size, "size"))


def exact_float(value: Decimal, what: str) -> float:
    """Return the float that prints as `value`.

    Raises InvalidInput if there is none: 17 digits are too many.
    """
    found = float(value)
    if decimal(found) != value:
        raise InvalidInput(
            f"{what} cannot be handed to the provider", expected="at most 15 digits", found=str(value)
        )
    return found
