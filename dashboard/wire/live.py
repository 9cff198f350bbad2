"""The messages of the WebSocket at `/ws`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from argosy.core.bot import ID_PATTERN
from argosy.core.event import EventType
from argosy.core.wire import Wire
from dashboard.wire.base import Json, View, needs
from dashboard.wire.bot import BotSummary
from dashboard.wire.run import NodeState, RunSummary

SEQ_PATTERN = r"^\d{1,15}-\d{1,9}$"


class Scope(Wire):
    """What a client shows: all bots, one bot with every node, or one strategy instance of a bot."""

    model_config = ConfigDict(
        json_schema_extra={
            **needs("kind", ["strategy"], "botId", "strategyId"),
            "else": needs("kind", ["bot"], "botId"),
        }
    )

    kind: Literal["all", "bot", "strategy"] = "all"
    bot_id: str | None = Field(default=None, pattern=ID_PATTERN)
    strategy_id: str | None = Field(default=None, pattern=ID_PATTERN)

    @model_validator(mode="after")
    def _complete(self) -> Scope:
        if self.kind != "all" and self.bot_id is None:
            raise ValueError(f"a scope of kind {self.kind!r} needs botId")
        if self.kind == "strategy" and self.strategy_id is None:
            raise ValueError("a scope of kind 'strategy' needs strategyId")
        return self


class Subscribe(Wire):
    """`after` is the last seq the client saw; null asks for a snapshot. With `batch` a frame may hold a JSON
    array of messages, which is cheaper when many events come at once."""

    op: Literal["subscribe"]
    scope: Scope
    after: str | None = Field(default=None, pattern=SEQ_PATTERN)
    batch: bool = False


class Unsubscribe(Wire):
    op: Literal["unsubscribe"]


class Ping(Wire):
    op: Literal["ping"]


ClientMessage = Annotated[Subscribe | Unsubscribe | Ping, Field(discriminator="op")]
CLIENT_MESSAGE: TypeAdapter[Subscribe | Unsubscribe | Ping] = TypeAdapter(ClientMessage)


class SnapshotData(View):
    """`bots` for the scope all; `bot`, `nodes` and `active_run` for the others."""

    bots: list[BotSummary] | None = None
    bot: BotSummary | None = None
    nodes: list[NodeState] | None = None
    active_run: RunSummary | None = None


class Snapshot(View):
    """The state as of `seq`; the events that follow are newer. `now` is the server's time in Unix ms."""

    type: Literal["snapshot"] = "snapshot"
    seq: str
    now: int
    scope: Scope
    data: SnapshotData


class LiveEvent(View):
    """One event of the stream."""

    seq: str
    type: EventType
    bot_id: str | None
    strategy_id: str | None
    run_id: str | None
    node_id: str | None
    timestamp: int
    data: Json


class Reset(View):
    """The client missed events; a fresh snapshot follows."""

    type: Literal["reset"] = "reset"
    reason: Literal["too_old", "overflow"]
    seq: str


class Coalesced(View):
    """`count` events were replaced by newer ones of the same node since the last such message."""

    type: Literal["coalesced"] = "coalesced"
    count: int


class Pong(View):
    """`now` is the server's time in Unix ms."""

    type: Literal["pong"] = "pong"
    now: int


class Heartbeat(View):
    """Nothing newer than `seq` concerns the client's scope. `read_at`: last read of the stream, in Unix ms."""

    type: Literal["heartbeat"] = "heartbeat"
    seq: str
    now: int
    read_at: int | None


class StreamStatus(View):
    """Sent when the stream stalls and when it goes on; while it is stalled, what the client shows may be old."""

    type: Literal["stream"] = "stream"
    state: Literal["live", "stalled"]
    now: int
    read_at: int | None


class LiveError(View):
    type: Literal["error"] = "error"
    code: str
    message: str


ServerMessage = Annotated[
    Snapshot | LiveEvent | Reset | Coalesced | Pong | Heartbeat | StreamStatus | LiveError,
    Field(union_mode="smart"),
]
