"""Base of every model that crosses a process boundary as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from argosy.text import clean_line, clean_text


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_line)]
"""A text from outside in one line: a name, a reason. What it may not hold is replaced, never refused."""

Text = Annotated[str, BeforeValidator(_text)]
"""The same in several lines: a note, a description."""


class Wire(BaseModel):
    """camelCase on the wire, snake_case in Python, immutable, unknown fields refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    def to_wire(self) -> dict[str, Any]:
        """JSON-ready dict: camelCase keys, decimals as strings, times as ISO-8601."""
        return self.model_dump(mode="json", by_alias=True)
