"""Settings of the domain: the section `electricity`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from argosy.infrastructure.config import Section


class ElectricitySettings(Section):
    """Address and key of the account at the power exchange."""

    base_url: str = Field(default="https://power.example", description="Address of the exchange.")
    api_key: SecretStr | None = Field(default=None, description="Key of the account.")
    trading_enabled: bool = Field(default=False, description="Deliberate switch for orders with real money.")
