"""Retries of the workflow of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from argosy.bootstrap.dispatch import new_run_id
from argosy.core.bot import Mode
from argosy.core.safety.emergency import EmergencyState
from argosy.core.scope import ScopePath
from argosy.errors import Conflict, InvalidInput, ModeRefused, NotFound
from argosy.graph.compile import compile_expanded
from argosy.graph.pure import executors, pure_part
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.catalog.bots import ARCHIVED
from argosy.infrastructure.storage.history import runs
from argosy.infrastructure.storage.records import BotRecord

if TYPE_CHECKING:
    from argosy.bootstrap.runtime import Runtime

TRIGGER = "retry"


@dataclass(frozen=True, slots=True)
class Retry:
    """Prepared retry.

    `acting` are its nodes with side effects. `left_out` are the omitted nodes with the reason.
    """

    bot: BotRecord
    document: Mapping[str, Any]
    acting: list[str] = field(default_factory=list)
    left_out: Mapping[str, str] = field(default_factory=dict)


def plan_retry(runtime: Runtime, run_id: str, *, actions: bool = False, in_mode: Mode | None = None) -> Retry:
    """Prepare a retry of the run; without `actions`, nodes with side effects are left out.

    Actions run in the bot's mode. Unless that is paper, `in_mode` must name it. Raises NotFound, ModeRefused and
    UnknownNodeType. Raises Conflict for an archived bot. Also raises Conflict while the run is active, or while
    an outcome of its actions is unknown.
    """
    bot_id, digest = _finished(runtime, run_id)
    bot = runtime.database.run(bots.get(bot_id))
    if bot.state == ARCHIVED:
        raise Conflict(f"bot {bot_id} is archived", expected="a bot that is not", found=bot.state)
    document = _document(runtime, bot, digest, run_id)
    if not actions:
        pure, left_out = pure_part(document, runtime.registry)
        if not pure["nodes"]:
            raise InvalidInput(
                f"run {run_id} has no node that can be run again without side effects",
                expected="a node that does not act",
                remedy="give --with-actions",
            )
        return Retry(bot, pure, left_out=left_out)
    acting = executors(document, runtime.registry)
    if acting:
        _outcomes_known(runtime, run_id)
        _mode_allowed(bot, in_mode)
    return Retry(bot, document, acting)


def launch_retry(runtime: Runtime, retry: Retry) -> str:
    """Launch the retry on the workers as a new run and return its id.

    Raises Conflict during another run of the bot, and in SHUTDOWN.
    """
    bot, now_ms = retry.bot, runtime.clock.now_ms()
    flag = runtime.flags.effective(ScopePath(bot.domain, bot.id).scopes)
    if flag.state is EmergencyState.SHUTDOWN:
        raise Conflict(
            "nothing starts in SHUTDOWN", expected="another state", found=f"{flag.scope}: {flag.reason}"
        )
    workflow = compile_expanded(retry.document, runtime.registry)
    run_id = new_run_id(bot.id, now_ms, None)
    meta = runtime.launcher.prepare(bot, workflow, run_id=run_id, trigger=TRIGGER, now_ms=now_ms)
    launched = runtime.runs.launch(meta, workflow)
    if not launched.started:
        raise Conflict(
            f"no second run of {bot.id} beside another",
            expected="a bot at rest",
            found=f"{launched.reason}: {launched.active_run}",
            remedy="wait for its end, then try again",
        )
    return meta.run_id


def _finished(runtime: Runtime, run_id: str) -> tuple[str, str]:
    """Return bot and digest of a finished run; raise NotFound, and Conflict while it is active."""
    snapshot = runtime.runs.snapshot(run_id)
    if snapshot is not None:
        status, bot_id, digest = snapshot.status, snapshot.meta.bot_id, snapshot.meta.digest
    else:
        record = runtime.database.run(runs.get(run_id))
        status, bot_id, digest = record.status, record.bot_id, record.workflow_digest  # type: ignore[assignment]
    if status == "running":
        raise Conflict(f"run {run_id} is not over", expected="a run that has ended", found="running")
    return bot_id, digest


def _document(runtime: Runtime, bot: BotRecord, digest: str, run_id: str) -> Mapping[str, Any]:
    """Return the document that the run executed.

    Redis keeps it for a week. Afterwards it is known only while the bot's workflow is unchanged.
    """
    found = runtime.runs.workflow_document(digest)
    if found is not None:
        return found
    now = runtime.launcher.compiled(bot)
    if now.digest != digest:
        raise NotFound(
            f"the workflow of run {run_id} is not kept any more, and the bot's is another by now",
            remedy=f"`argosy bots run {bot.id}` runs the newest",
        )
    return now.document


def _outcomes_known(runtime: Runtime, run_id: str) -> None:
    open_ = runtime.database.run(intents.undecided_of_run(run_id))
    if open_:
        raise Conflict(
            f"the outcome of actions of run {run_id} is not known",
            expected="every action of it settled: a retry could do the same twice",
            found=", ".join(open_[:5]),
            remedy="`argosy actions list` shows them; wait for their reconciliation, or settle them by hand",
        )


def _mode_allowed(bot: BotRecord, in_mode: Mode | None) -> None:
    if (in_mode or Mode.PAPER).value != bot.mode:
        raise ModeRefused(
            f"actions of a retry are on paper, and {bot.id} is in mode {bot.mode}",
            expected=f"the mode {bot.mode} by name",
            found="paper" if in_mode is None else in_mode.value,
            remedy=f"leave the actions out, or give --in-mode {bot.mode}: they go to that account",
        )
