"""Log of the platform: parameter changes, logged events, and the progress of the recorder."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject, Position
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class ParamChange(Base):
    """Change of a node's parameter, with its author. `saved` False is a tweak."""

    __tablename__ = "param_changes"
    __table_args__ = (Index("ix_param_changes_newest", "bot_id", "strategy_id", text("position DESC")),)

    position: Mapped[Position] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    node_id: Mapped[str | None]
    param: Mapped[str]
    old: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    new: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    saved: Mapped[bool]
    actor: Mapped[str]


class LoggedEvent(Base):
    """Events stored unchanged: emergency, alarm, notify, breaker, worker, schedule, run_skipped."""

    __tablename__ = "events_log"
    __table_args__ = (
        Index("ix_events_log_type", "type", text("position DESC")),
        Index("ix_events_log_bot", "bot_id", text("position DESC")),
    )

    position: Mapped[Position] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    type: Mapped[str]
    bot_id: Mapped[str | None]
    strategy_id: Mapped[str | None]
    run_id: Mapped[str | None]
    node_id: Mapped[str | None]
    data: Mapped[JsonObject]


class RecorderProgress(Base):
    """Highest committed entry of each stream, and the time of the commit."""

    __tablename__ = "recorder_progress"

    stream: Mapped[str] = mapped_column(primary_key=True)
    last_seq: Mapped[str]
    recorded: Mapped[BigCount]
    updated_at: Mapped[datetime]


class RecorderReject(Base):
    """Event that fits no table, stored whole with the reason.

    Nothing is lost, and the recorder is not blocked.
    """

    __tablename__ = "recorder_rejects"

    position: Mapped[Position] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(Text)
    error: Mapped[str]
