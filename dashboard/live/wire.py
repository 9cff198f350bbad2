"""Messages of the WebSocket at `/ws`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from argosy.core.bot import ID_PATTERN
from argosy.core.event import EventType
from argosy.core.wire import Wire
from dashboard.bots.wire import BotSummary
from dashboard.runs.wire import NodeState, RunSummary
from dashboard.wire import Json, View, needs

SEQ_PATTERN = r"^\d{1,15}-\d{1,9}$"


class LiveScope(Wire):
    """View of a client: all bots, one bot with every node, or one strategy instance."""

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
    def _complete(self) -> LiveScope:
        if self.kind != "all" and self.bot_id is None:
            raise ValueError(f"a scope of kind {self.kind!r} needs botId")
        if self.kind == "strategy" and self.strategy_id is None:
            raise ValueError("a scope of kind 'strategy' needs strategyId")
        return self


class Subscribe(Wire):
    """Request for the events of a scope.

    `after` is the last seq that the client saw; null asks for a snapshot. With `batch`, a frame may hold a
    JSON array of messages: cheaper when many events come at once.
    """

    op: Literal["subscribe"]
    scope: LiveScope
    after: str | None = Field(default=None, pattern=SEQ_PATTERN)
    batch: bool = False


class Unsubscribe(Wire):
    op: Literal["unsubscribe"]


class Ping(Wire):
    op: Literal["ping"]


ClientMessage = Annotated[Subscribe | Unsubscribe | Ping, Field(discriminator="op")]
CLIENT_MESSAGE: TypeAdapter[Subscribe | Unsubscribe | Ping] = TypeAdapter(ClientMessage)


class SnapshotData(View):
    """State of a scope: `bots` for all, else `bot`, `nodes` and `active_run`."""

    bots: list[BotSummary] | None = None
    bot: BotSummary | None = None
    nodes: list[NodeState] | None = None
    active_run: RunSummary | None = None


class LiveSnapshot(View):
    """State as of `seq`; all later events are newer.

    `now` is the server's time in Unix ms.
    """

    type: Literal["snapshot"] = "snapshot"
    seq: str
    now: int
    scope: LiveScope
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
    """Notice that newer events of the same nodes replaced `count` events.

    It counts from the last such message on.
    """

    type: Literal["coalesced"] = "coalesced"
    count: int


class Pong(View):
    """Answer to a ping. `now` is the server's time in Unix ms."""

    type: Literal["pong"] = "pong"
    now: int


class LiveHeartbeat(View):
    """Notice that no event after `seq` concerns the client's scope.

    `read_at` is the last read of the stream, in Unix ms.
    """

    type: Literal["heartbeat"] = "heartbeat"
    seq: str
    now: int
    read_at: int | None


class StreamStatus(View):
    """Notice that the event stream stalls or continues.

    While it is stalled, the client's view may be outdated.
    """

    type: Literal["stream"] = "stream"
    state: Literal["live", "stalled"]
    now: int
    read_at: int | None


class LiveError(View):
    type: Literal["error"] = "error"
    code: str
    message: str


ServerMessage = Annotated[
    LiveSnapshot | LiveEvent | Reset | Coalesced | Pong | LiveHeartbeat | StreamStatus | LiveError,
    Field(union_mode="smart"),
]
