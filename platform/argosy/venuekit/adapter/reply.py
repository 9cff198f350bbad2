"""Replies of venues, checked against a model."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from argosy.errors import BadReply

M = TypeVar("M", bound=BaseModel)


def read_reply(model: type[M], data: Any, what: str) -> M:
    """Return `data` as `model`; `what` names it in errors ("Polymarket's order book").

    Raises BadReply with the first three faults.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_context=False, include_input=False)[:3]
        ]
        raise BadReply(
            f"{what} cannot be read",
            expected=f"the fields of {model.__name__}",
            found="; ".join(faults),
        ) from None
    except RecursionError:
        raise BadReply(f"{what} cannot be read", found="nesting without end") from None
