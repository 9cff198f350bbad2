"""Settings in environment variables, nested names and JSON included."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource


class Environment(EnvSettingsSource):
    """Reads the variables of one model; lists may be written `a,b` as well as `["a","b"]`."""

    def __init__(self, model: type[BaseModel], prefix: str) -> None:
        # The source needs fields and configuration of the model only, which every pydantic model has.
        super().__init__(
            cast("type[BaseSettings]", model),
            env_prefix=prefix,
            env_nested_delimiter="__",
            case_sensitive=False,
        )

    def read(self) -> dict[str, Any]:
        return {name: value for name, value in self().items() if name in self.settings_cls.model_fields}

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        if isinstance(value, str) and not value.lstrip().startswith(("[", "{")):
            return [part.strip() for part in value.split(",") if part.strip()]
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]
        except ValueError:
            return value  # not JSON: the model reports the expected type
