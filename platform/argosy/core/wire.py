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
"""Text from outside on one line, such as a name or reason.

Unsafe characters are replaced, never refused.
"""

Text = Annotated[str, BeforeValidator(_text)]
"""Text from outside on several lines, such as a note or description.

Unsafe characters are replaced, never refused.
"""


class Wire(BaseModel):
    """Base model: camelCase on the wire, snake_case in Python, immutable, no unknown fields."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    def to_wire(self) -> dict[str, Any]:
        """Return a JSON-ready dict: camelCase keys, decimals as strings, times as ISO-8601."""
        return self.model_dump(mode="json", by_alias=True)
