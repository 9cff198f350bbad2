"""Reading of single fields of a reply: dicts or objects, floats or text, varying names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import isnan
from typing import Any

from argosy.core.money.money import decimal
from argosy.errors import BadReply, InvalidInput

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_EVEN)


def field(source: Any, *names: str) -> Any:
    """Return the first of `names` that is present and not None, as a key or an attribute."""
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value is not None and not callable(value):
            return value
    return None


def is_present(value: Any) -> bool:
    """Return False for None, an empty text and NaN: replies use them for missing values."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and not (isinstance(value, float | Decimal) and isnan(value))


def figure(source: Any, what: str, *names: str) -> Decimal | None:
    """Return the first present number among `names`. Raises BadReply for an unreadable one."""
    for name in names:
        value = field(source, name)
        if is_present(value):
            return computed_number(value, what)
    return None


def number(value: Any, what: str = "number") -> Decimal:
    """Return an exact number: a float counts as its printed form. Raises BadReply."""
    try:
        found = decimal(value, name=what)
    except InvalidInput as error:
        raise BadReply(f"the provider's {what} cannot be read", found=str(error.found)[:80]) from None
    if found and abs(found.adjusted()) > 30:
        raise BadReply(f"the provider's {what} is out of range", found=str(found)[:40])
    return found


def optional(value: Any, what: str = "number") -> Decimal | None:
    return None if value is None else number(value, what)


def computed_number(value: Any, what: str) -> Decimal | None:
    """Return a sum or an average.

    A float of more than 15 digits carries noise of its arithmetic; it is rounded to 15.
    """
    found = optional(value, what)
    if found is None or not isinstance(value, float):
        return found
    return _FIFTEEN.create_decimal(found) if len(found.as_tuple().digits) > 15 else found


def text(value: Any) -> str:
    """Return the text of a text, a number or an enum's member."""
    return str(getattr(value, "value", value))
