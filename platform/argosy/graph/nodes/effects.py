"""Nodes that notify, log or fetch by HTTP."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.document import preview
from argosy.graph.node import Binding, NoOutputs
from argosy.graph.nodes.values import Value
from argosy.graph.registry import node

Level = Literal["info", "warning", "error"]


class NotifyParams(Wire):
    """Text of the notification; `{value}` in the body is replaced by the input."""

    title: str = Field(min_length=1, max_length=200, title="Title")
    body: str = Field(default="{value}", max_length=2000, title="Body")
    level: Level = Field(default="info", title="Level")


@node("notify", category="monitor", title="Notify")
def notify(ctx: NodeContext, params: NotifyParams, value: Any) -> NoOutputs:
    """Send a notification once, published together with the node's outcome."""
    ctx.emit(
        "notify",
        {
            "title": params.title,
            "body": params.body.replace("{value}", "" if value is None else preview(value, 500)),
            "level": params.level,
        },
    )
    return NoOutputs()


class LogParams(Wire):
    message: str = Field(default="value", max_length=500, title="Message")
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", title="Level")


@node("log", category="monitor", title="Log")
def log(ctx: NodeContext, params: LogParams, value: Any) -> Value:
    """Write a line with the run's ids to the log, and pass the value on."""
    ctx.log.log(params.level.upper(), "{}: {}", params.message, preview(value, 500))
    return Value(value=value)


class FetchParams(Wire):
    """Address of the document; its host must be on the allow-list (`http.allowed_hosts`)."""

    url: str = Field(
        min_length=1, max_length=2000, pattern=r"^https?://", title="URL", examples=["https://example.com/x"]
    )
    query: dict[str, str] = Field(default={}, title="Query")
    timeout_s: float = Field(default=5, gt=0, le=60, title="Time limit, s")


@node("http.fetch", category="source", title="HTTP fetch", pool="io", timeout_s=65)
def http_fetch(ctx: NodeContext, params: FetchParams, query: Binding[Any] = None) -> Value:
    """Fetch a JSON document by GET; `query` (an object) adds parameters to the URL.

    Fractions are texts with all their digits; expressions read them as numbers. Ids beyond 15 digits are texts too.
    """
    more = {str(k): str(v) for k, v in query.items()} if isinstance(query, dict) else {}
    timeout_s = min(params.timeout_s, ctx.timeout_s)
    return Value(value=ctx.fetcher.get_json(params.url, params={**params.query, **more}, timeout_s=timeout_s))
