"""Describe accepted values of settings: for errors, `config show` and the reference page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

MASK = "********"
WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "object": "a table",
}


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """One setting: dotted name, field and accepted values."""

    name: str
    field: FieldInfo
    allowed: str

    @property
    def secret(self) -> bool:
        return "SecretStr" in repr(self.field.annotation)


def entries(model: type[BaseModel], prefix: str = "") -> Iterator[SettingEntry]:
    """Yield every setting below `model`, in the order of declaration."""
    properties: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from entries(kind, f"{prefix}{name}.")
            continue
        if not properties:
            properties = model.model_json_schema()["properties"]
        yield SettingEntry(prefix + name, info, describe_allowed(properties[name]))


def describe_allowed(schema: dict[str, Any]) -> str:
    """Return the accepted values of one JSON-schema property as text."""
    if "anyOf" in schema:
        choices = [describe_allowed(choice) for choice in schema["anyOf"] if choice.get("type") != "null"]
        return " or ".join(choices) + ", or unset"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    words = WORDS.get(schema.get("type", ""), "a value")
    if schema.get("format") == "path":
        words = "a folder"
    if schema.get("type") == "array" and (items := schema.get("items")):
        words = f"a list of {describe_allowed(items)}"
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{words} from {low:,} to {high:,}"
    bounds = [
        f"{text} {bound:,}"
        for text, bound in (("at least", low), ("more than", above), ("at most", high), ("less than", below))
        if bound is not None
    ]
    return " ".join([words, " and ".join(bounds)]).strip()


def default_text(info: FieldInfo) -> str:
    """Return the default in TOML; `unset` for none."""
    if info.default_factory is not None:
        return "computed"
    return toml(info.default)


def toml(value: Any) -> str:
    """Return a value in TOML, with secrets masked."""
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return f'"{value}"'
