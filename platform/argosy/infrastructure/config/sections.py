"""Sections of the settings.

Names contain the unit. The loader refuses values outside the ranges.
"""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from argosy.core.safety.emergency import LATEST_CALL_S

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Section(BaseModel):
    """Base of every section, also of the domains' own.

    Unknown names are refused, and values do not change.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def known_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError("an IANA time zone such as UTC or Europe/Berlin") from None
    return value


class DashboardSettings(Section):
    """The dashboard's HTTP server."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8700, ge=1, le=65535, description="Port; the next free one is taken when in use.")
    behind_proxy: bool = Field(
        False,
        description="A reverse proxy that authenticates users stands in front. Needed for any address but loopback.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Host names browsers may use besides the address itself and localhost."
    )


class FlowerSettings(Section):
    """Flower, the monitor of Celery workers; always on loopback."""

    enabled: bool = Field(True, description="Start Flower with the stack.")
    port: int = Field(8701, ge=1, le=65535, description="Port; the next free one is taken when in use.")
    basic_auth: SecretStr | None = Field(
        None, description="`user:password` that Flower asks of every visitor."
    )


class EngineSettings(Section):
    """Runs and their state."""

    claim_ttl_s: float = Field(
        30,
        ge=1,
        le=3600,
        description="Longest silence of a worker before its claims are taken over; three heartbeats if that is shorter.",
    )
    run_deadline_s: float = Field(300, ge=1, le=86_400, description="A run is ended after this time.")
    visibility_timeout_s: float = Field(
        15, ge=2, le=3600, description="An unacknowledged message is delivered again after this time."
    )
    heartbeat_s: float = Field(
        2, ge=0.1, le=60, description="How often workers renew their claims and messages."
    )
    silence_s: float = Field(
        20,
        ge=5,
        le=3600,
        description="A worker process that stands still for longer than this ends itself; other workers take over.",
    )
    sweep_interval_s: float = Field(
        5, ge=0.5, le=300, description="How often runs without progress are looked for."
    )
    output_limit_bytes: int = Field(
        65_536, ge=1_024, le=16_777_216, description="Largest output of a node; larger ones fail the node."
    )
    preview_limit_bytes: int = Field(
        600,
        ge=64,
        le=65_536,
        description="Size to which outputs are cut in events and history; inputs are cut to half of it.",
    )
    event_stream_maxlen: int = Field(
        200_000,
        ge=1_000,
        le=10_000_000,
        description="Events kept in Redis for recorder and resuming browsers.",
    )


class WorkerSettings(Section):
    """Numbers of workers of each kind on this machine."""

    quick: int = Field(2, ge=1, le=256, description="Solo workers for quick nodes; about one a core.")
    io: int = Field(1, ge=1, le=64, description="Thread workers for nodes that wait on the network.")
    io_threads: int = Field(8, ge=1, le=256, description="Threads in each of those.")
    heavy: int = Field(1, ge=0, le=64, description="Processes for heavy nodes.")


class RecorderSettings(Section):
    """The recorder that writes events to PostgreSQL."""

    batch: int = Field(500, ge=1, le=10_000, description="Most events in one transaction.")
    flush_ms: int = Field(200, ge=1, le=10_000, description="Longest wait for a batch to fill.")


class HistorySettings(Section):
    """Retention of history."""

    retention_days: int = Field(
        30, ge=1, le=3650, description="Days of run history; older partitions are dropped."
    )


class LoggingSettings(Section):
    """Logs on the console and in files."""

    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Least severity that is written."
    )
    format: Literal["console", "json"] = Field("console", description="Text for people or JSON lines.")

    @field_validator("level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


class HttpSettings(Section):
    """Outgoing HTTP of generic nodes."""

    allowed_hosts: tuple[str, ...] = Field(
        (), description="Hosts that HTTP fetch nodes may call; `*.example.com` covers subdomains."
    )
    timeout_s: float = Field(10, gt=0, le=300, description="Time limit of one call.")
    user_agent: str = Field("argosy/0.1", min_length=1, description="User-Agent header of every call.")


class ScheduleSettings(Section):
    """Defaults of schedules."""

    timezone: str = Field("UTC", description="IANA time zone of schedules that name none.")

    _known = field_validator("timezone")(known_zone)


class MoneySettings(Section):
    """Equity, and the reference points of losses."""

    timezone: str = Field("UTC", description="IANA time zone in which a day ends.")
    mark_max_age_s: float = Field(
        60, gt=0, le=86_400, description="Oldest price that may raise a high-water mark."
    )
    attributed_margin: Decimal = Field(
        Decimal(0),
        ge=0,
        le=1,
        description="Share of attributed value that counts as profit; limits and cash never count it.",
    )

    _known = field_validator("timezone")(known_zone)


class RiskSettings(Section):
    """Quotes that may change the price at which positions are valued."""

    quote_max_age_s: float = Field(30, gt=0, le=3600, description="Oldest quote that counts as a price.")
    quote_band: Decimal = Field(
        Decimal("0.1"),
        gt=0,
        le=1,
        description="A price within this fraction of the last one is used at once; further quotes must confirm others.",
    )
    quote_confirmations: int = Field(
        3, ge=1, le=100, description="Quotes that must agree before a price outside the band is used."
    )
    quote_span_s: float = Field(
        5, ge=0, le=3600, description="Least time from the first of the confirming quotes to the last."
    )


class EmergencySettings(Section):
    """Emergency states and their causes.

    A cause raises ALERT from 80 % of its limit, and HALT at the limit.
    """

    alert_scale: Decimal = Field(
        Decimal("0.5"), gt=0, le=1, description="Size of new risk in ALERT, as a share of the requested size."
    )
    alert_cooldown_s: float = Field(
        300,
        ge=1,
        le=86_400,
        description="An automatic ALERT ends when all its causes stay below 90 % of their warning for this long.",
    )
    drain_s: float = Field(
        5,
        gt=LATEST_CALL_S,
        le=60,
        description="Longest wait of a halt for running actions; longer than a process may delay a call.",
    )
    arm_s: float = Field(
        60, ge=5, le=3600, description="How long the code of a first step stays valid for the second step."
    )
    guard_interval_s: float = Field(
        3, ge=0.5, le=60, description="How often the guard checks all limits and signals."
    )
    guard_lost_s: float = Field(
        60,
        ge=5,
        le=3600,
        description="The platform goes to ALERT when the guard has not checked for this long.",
    )
    stale_data_s: float = Field(
        1800,
        ge=1,
        le=86_400,
        description="A bot is halted when the price of an asset in its positions is older than this.",
    )
    drift_s: float = Field(
        60,
        ge=0,
        le=86_400,
        description="A bot is halted when its record differs from its venue's for this long.",
    )
    unknown_s: float = Field(
        300,
        ge=1,
        le=86_400,
        description="A bot is halted when the outcome of one of its actions is unknown for longer than this.",
    )
    rejection_share: float = Field(
        0.6, gt=0, le=1, description="A bot is halted when venues reject this share of its actions."
    )
    rejection_window_s: float = Field(
        300, ge=1, le=86_400, description="Period over which the share of rejected actions is measured."
    )
    rejection_minimum: int = Field(
        10, ge=1, le=10_000, description="Least actions within that period for the share to count."
    )
    recorder_lost_s: float = Field(
        300,
        ge=5,
        le=86_400,
        description="The platform is halted when events wait for the recorder for this long.",
    )
    queue_lost_s: float = Field(
        120,
        ge=5,
        le=86_400,
        description="ALERT when the first message of a queue waits for longer than this.",
    )
    flatten_slices: int = Field(
        4, ge=1, le=100, description="Number of slices in which a shutdown sells a position."
    )
    flatten_slippage: Decimal = Field(
        Decimal("0.05"),
        gt=0,
        lt=1,
        description="Largest distance (a fraction) of a slice's price from the best price at the first slice.",
    )


class NotifySettings(Section):
    """Messages to people, through Apprise."""

    urls: tuple[SecretStr, ...] = Field(
        (),
        description="Receivers as Apprise URLs (`tgram://…`, `mailto://…`, `json://…`); none: nothing is sent.",
    )
    levels: tuple[Literal["info", "success", "warning", "error"], ...] = Field(
        ("info", "success", "warning", "error"), description="Levels that are sent."
    )
    per_minute: int = Field(
        20, ge=1, le=1_000, description="Most messages a minute; further ones are joined into one message."
    )
    give_up_h: float = Field(
        24,
        gt=0,
        le=720,
        description="A message without delivery for this long expires, with an alarm.",
    )
    daily_summary: bool = Field(True, description="Send a summary of each day, as `money.timezone` has days.")


class HeartbeatSettings(Section):
    """Dead-man's switch: calls to an outside monitor while beat leads and the guard runs."""

    url: SecretStr | None = Field(
        None,
        description="Address of the monitor (healthchecks.io, Uptime Kuma, …), http or https; none: nothing is sent.",
    )
    every_s: float = Field(60, ge=5, le=86_400, description="Time between two calls.")
    method: Literal["GET", "POST", "HEAD"] = Field("GET", description="Method of the call.")
    timeout_s: float = Field(10, ge=0.1, le=60, description="Longest time of a call, all in all.")
    fail_on_halt: bool = Field(
        False, description="Call `<url>/fail` instead while the platform is in HALT or SHUTDOWN."
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme not in ("http", "https") or not rest.partition("/")[0]:
            raise ValueError("an address that starts with https:// or http://")
        return value


class SandboxSettings(Section):
    """The local venue server."""

    enabled: bool = Field(True, description="Start the sandbox with the stack.")
    host: str = Field("127.0.0.1", description="Address to listen on; loopback only.")
    port: int = Field(8710, ge=1, le=65535, description="Port; the next free one is taken when in use.")
    seed: int = Field(
        7, ge=0, le=2**63 - 1, description="Seed of the market simulator; same seed, same market."
    )
    speed: float = Field(1, gt=0, le=10_000, description="Simulated seconds in a real one.")

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if value not in LOOPBACK:
            raise ValueError("a loopback address (127.0.0.1, ::1 or localhost)")
        return value


class ServersSettings(Section):
    """Embedded servers, used when redis_url or database_url is not set."""

    allow_in_production: bool = Field(
        False, description="Accept embedded servers in the production profile (one machine, no replicas)."
    )
    redis_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Loopback port of the embedded Valkey, under a password; 0: its private socket only.",
    )
