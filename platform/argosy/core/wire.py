"""Base of every model that crosses a process boundary as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """camelCase on the wire, snake_case in Python, immutable, unknown fields refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    def to_wire(self) -> dict[str, Any]:
        """JSON-ready dict: camelCase keys, decimals as strings, times as ISO-8601."""
        return self.model_dump(mode="json", by_alias=True)
