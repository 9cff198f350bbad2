"""Assignment of events to the scopes of clients."""

from __future__ import annotations

from collections.abc import Hashable

from argosy.core.event import Event
from dashboard.live.wire import LiveScope

_RUNS = frozenset({"run_started", "run_finished", "run_skipped"})
_METRICS = frozenset({"bot_metrics", "strategy_metrics"})
_OF_THE_BOT = frozenset({"run_started", "run_finished", "run_skipped", "bot_metrics"})
URGENT = frozenset({"emergency", "alarm"})

ALL = LiveScope()


def channels(event: Event) -> tuple[Hashable, ...]:
    """Return the channels that carry the event.

    The channel of all bots has no single nodes. Emergency events, and events without a bot, reach every
    client.
    """
    bot, strategy = event.bot_id, event.strategy_id
    if bot is None or event.type == "emergency":
        return (EVERYONE,)
    found: list[Hashable] = [("bot", bot)]
    if event.type != "node_execution":
        found.append(("all",))
    if strategy is not None:
        found.append(("strategy", bot, strategy))
    elif event.type in _OF_THE_BOT or event.type in URGENT:
        found.append(("strategies", bot))
    return tuple(found)


def listens_to(scope: LiveScope) -> tuple[Hashable, ...]:
    """Return the channels of a client with this scope."""
    if scope.kind == "all":
        return (("all",), EVERYONE)
    if scope.kind == "bot":
        return (("bot", scope.bot_id), EVERYONE)
    return (("strategy", scope.bot_id, scope.strategy_id), ("strategies", scope.bot_id), EVERYONE)


def concerns(scope: LiveScope, event: Event) -> bool:
    return not set(listens_to(scope)).isdisjoint(channels(event))


def coalescing_key(event: Event, *, aggregated: bool) -> str | None:
    """Return the key under which newer events replace this one; None if it must arrive.

    A node's state replaces the older state of the same node in the same run. Metrics replace older metrics.
    With `aggregated` (all bots), run events of a bot replace older ones too.

    The key is a text, because a text keeps its hash: the key is looked up once for each socket.
    """
    if event.type == "node_execution":
        return f"{event.run_id} {event.strategy_id} {event.node_id}"
    if event.type in _METRICS or (aggregated and event.type in _RUNS):
        return f"{event.type} {event.bot_id} {event.strategy_id}"
    return None


EVERYONE = ("everyone",)
