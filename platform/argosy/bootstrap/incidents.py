"""Incidents of workers: missing node types, and nodes that end their workers.

The latter can pause their bot.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from loguru import logger

from argosy.core.event import Event
from argosy.core.safety.audit import Actor
from argosy.errors import ArgosyError, UnknownNodeType
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.history import executions
from argosy.infrastructure.storage.safety.audit import with_audit

if TYPE_CHECKING:
    from argosy.bootstrap.runtime import Runtime
    from argosy.graph.compiled import CompiledNode
    from argosy.graph.runs import RunMeta

DEADLY_RUNS = 3
"""Number of consecutive runs with an ended worker after which a node pauses its bot."""
_NAMESPACE = "deadly"
_STAND_BACK_S = 0.5
ENGINE = Actor(id="engine")


class Incidents:
    """Reports of a worker's executor; failures of a report are logged and never reach the node."""

    def __init__(self, ports: Runtime) -> None:
        self._ports = ports
        self._named: set[str] = set()
        self._lock = threading.Lock()

    def unknown(self, meta: RunMeta, error: UnknownNodeType, delay_ms: int) -> None:
        """Log and publish a missing node type, once per error text and process.

        If the node is back in its queue at once, this waits a moment so that another worker takes it.
        """
        if delay_ms == 0:
            time.sleep(_STAND_BACK_S)
        found = error.found or error.message
        with self._lock:
            if found in self._named:
                return
            self._named.add(found)
        host = self._ports.owner.partition(":")[0]
        logger.error(
            "this worker lacks a node type: {}; the node goes back to its queue, ever later, until its run's deadline. "
            "Install the same version and plug-ins on every machine.", found,
        )  # fmt: skip
        self._publish(
            meta,
            code="unknown_node_type",
            level="warning",
            title=f"a worker on {host} lacks a node type",
            message=f"{found}. Its nodes wait for another worker until their run's deadline. `argosy doctor` compares "
            "the workers.",
        )

    def deadly(self, meta: RunMeta, node: CompiledNode, reason: str) -> None:
        """Count a node that ended its worker; pause its bot after `DEADLY_RUNS` consecutive runs."""
        try:
            self._deadly(meta, node, reason)
        except ArgosyError as error:
            logger.error(
                "bot {} could not be looked after: {}; node {}: {}", meta.bot_id, error, node.key, reason
            )

    def held(self, node: str, run_id: str, bot_id: str, limit_s: float) -> None:
        """Publish that a worker is ended because a node did not stop."""
        data = {
            "code": "worker_held",
            "level": "warning",
            "title": "a worker was held by a node",
            "message": f"node {node} of run {run_id} did not stop at its limit of {limit_s:g} s. It is failed and its "
            f"worker {self._ports.owner} is ended; the supervisor starts another.",
        }
        self._ports.events.publish(self._event(bot_id, run_id, data))

    def _deadly(self, meta: RunMeta, node: CompiledNode, reason: str) -> None:
        key = f"{meta.bot_id}/{node.key}"
        runs: list[str] = self._ports.documents.update(
            _NAMESPACE,
            key,
            lambda old: [*(r for r in old or [] if r != meta.run_id), meta.run_id][-DEADLY_RUNS:],
        )
        if len(runs) < DEADLY_RUNS or self._succeeded_since(meta.bot_id, node, runs):
            return
        why = f"node {node.key} ended its worker in {DEADLY_RUNS} runs in a row: {reason}"
        database = self._ports.database
        if database.run(bots.get(meta.bot_id)).state != "paused":
            database.run(
                with_audit(
                    bots.set_state(meta.bot_id, "paused"),
                    view=bots.view(meta.bot_id),
                    actor=ENGINE,
                    action="bot.state",
                    subject=f"bot:{meta.bot_id}",
                    at=self._ports.clock.now(),
                    reason=why[:500],
                )
            )
            logger.error("bot {} is paused: {}", meta.bot_id, why)
            self._publish(
                meta,
                code="bot_paused",
                level="error",
                title="the bot is paused",
                message=f"{why}. No scheduled run starts. Mend the node, then `argosy bots resume {meta.bot_id}`.",
            )
        self._ports.documents.update(_NAMESPACE, key, lambda _: [])

    def _succeeded_since(self, bot_id: str, node: CompiledNode, runs: list[str]) -> bool:
        """Return True if history shows a success of the node after the first of these runs."""
        newest = self._ports.database.run(
            executions.history(bot_id, node.strategy_id, node.node_id, limit=50)
        )
        for record in newest:
            if record.run_id == runs[0]:
                return False
            if record.status == "success":
                return True
        return False

    def _publish(self, meta: RunMeta, **data: Any) -> None:
        try:
            self._ports.events.publish(self._event(meta.bot_id, meta.run_id, data))
        except ArgosyError as error:
            logger.warning("an alarm could not be published: {}; {}", error, data)

    def _event(self, bot_id: str, run_id: str, data: dict[str, Any]) -> Event:
        return Event(
            type="alarm", timestamp=self._ports.clock.now_ms(), bot_id=bot_id, run_id=run_id, data=data
        )
