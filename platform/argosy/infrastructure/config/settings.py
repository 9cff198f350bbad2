"""All settings except the domains' own sections."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from argosy.errors import ConfigError
from argosy.infrastructure.config.sections import (
    LOOPBACK,
    DashboardSettings,
    EmergencySettings,
    EngineSettings,
    FlowerSettings,
    HeartbeatSettings,
    HistorySettings,
    HttpSettings,
    LoggingSettings,
    MoneySettings,
    NotifySettings,
    RecorderSettings,
    RiskSettings,
    SandboxSettings,
    ScheduleSettings,
    ServersSettings,
    WorkerSettings,
)
from argosy.infrastructure.postgres_address import parse_postgres_url
from argosy.infrastructure.redis_address import parse_redis_url

Profile = Literal["development", "staging", "production"]

# Defaults that differ from the models' own; environment and file override them.
PROFILE_DEFAULTS: dict[str, dict[str, Any]] = {
    "development": {},
    "staging": {"logging": {"format": "json"}},
    "production": {"logging": {"format": "json"}, "sandbox": {"enabled": False}},
}


def default_home() -> Path:
    """Return the user's data folder for Argosy."""
    return platformdirs.user_data_path("argosy", appauthor=False)


class Settings(BaseModel):
    """Checked settings.

    `Settings(...)` takes exactly its arguments; `load_settings()` reads the sources.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True)

    profile: Profile = Field("development", description="Set of defaults and checks.")
    home: Path = Field(default_factory=default_home, description="Folder of data, logs and run files.")
    redis_url: str | None = Field(
        None,
        repr=False,
        description="A Redis or Valkey of your own, as redis://, rediss:// or unix:///path?db=0; the embedded one when unset.",
    )
    database_url: str | None = Field(
        None,
        repr=False,
        description="A PostgreSQL of your own, as postgresql://user:password@host:5432/database; the embedded one when unset.",
    )
    dashboard: DashboardSettings = DashboardSettings()
    flower: FlowerSettings = FlowerSettings()
    engine: EngineSettings = EngineSettings()
    worker: WorkerSettings = WorkerSettings()
    recorder: RecorderSettings = RecorderSettings()
    history: HistorySettings = HistorySettings()
    logging: LoggingSettings = LoggingSettings()
    http: HttpSettings = HttpSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    money: MoneySettings = MoneySettings()
    risk: RiskSettings = RiskSettings()
    emergency: EmergencySettings = EmergencySettings()
    notify: NotifySettings = NotifySettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    sandbox: SandboxSettings = SandboxSettings()
    servers: ServersSettings = ServersSettings()

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if not value:
            return None
        try:
            parse_redis_url(value)
        except ConfigError as error:
            raise ValueError(f"{error.expected}; {error.remedy}") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if not value:
            return None
        try:
            parse_postgres_url(value)
        except ConfigError as error:
            raise ValueError(f"{error.expected}; {error.remedy}") from None
        return f"postgresql+psycopg://{value.partition('://')[2]}"

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if self.dashboard.host not in LOOPBACK and not self.dashboard.behind_proxy:
            raise ValueError(
                f"dashboard.host is {self.dashboard.host}, but the dashboard has no login of its own: listen on "
                "127.0.0.1, or set dashboard.behind_proxy when a proxy that authenticates stands in front"
            )
        if self.engine.heartbeat_s * 2 > self.engine.visibility_timeout_s:
            raise ValueError(
                f"engine.heartbeat_s is {self.engine.heartbeat_s:g}; it must be at most half of "
                f"engine.visibility_timeout_s ({self.engine.visibility_timeout_s:g}), or healthy work is redelivered"
            )
        if self.profile == "production" and not self.servers.allow_in_production:
            missing = [name for name in ("redis_url", "database_url") if getattr(self, name) is None]
            if missing:
                raise ValueError(
                    f"profile production needs {' and '.join(missing)}: set your own servers, "
                    "or servers.allow_in_production = true to accept the embedded ones"
                )
        return self

    @property
    def embedded(self) -> bool:
        """True if at least one server is an embedded one."""
        return self.redis_url is None or self.database_url is None

    @property
    def run_dir(self) -> Path:
        return self.home / "run"

    @property
    def log_dir(self) -> Path:
        return self.home / "logs"
