"""Check that a bot has no run."""

from __future__ import annotations

from argosy.errors import Conflict
from argosy.graph.runs import RunStore


def require_idle(runs: RunStore, bot_id: str) -> None:
    """Raise Conflict while a run of the bot is in progress.

    A run that begins right afterwards takes no risk: the gateway checks the bot's state and mode again.
    """
    for active in runs.active():
        meta = runs.meta(active.run_id)
        if meta is not None and meta.bot_id == bot_id:
            raise Conflict(
                f"a run of {bot_id} is going on",
                expected="a bot at rest",
                found=active.run_id,
                remedy=f"`argosy bots pause {bot_id}`, wait for its end or cancel it "
                f"(`argosy runs cancel {active.run_id}`), then try again",
            )
