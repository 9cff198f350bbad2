"""Bots and strategies in the form of the screens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, worst
from argosy.core.schedule import schedule as schedules_words
from argosy.core.scope import PLATFORM_SCOPE, ScopePath, bot_scope, domain_scope
from argosy.errors import InvalidInput, NotFound, Unavailable
from argosy.infrastructure.storage.catalog import bots, schedules
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.history import activity, executions, metrics
from argosy.infrastructure.storage.history import runs as history
from argosy.infrastructure.storage.records import (
    BotRecord,
    MetricRecord,
    RunRecord,
    ScheduleRecord,
    SkipRecord,
)
from dashboard.bots import skips
from dashboard.bots.catalog import Catalog, Instance, instances, with_overrides
from dashboard.bots.failing import LOOKED_AT, failing_warning
from dashboard.bots.wire import BotDetail, BotRef, BotSummary, BotWarning, StrategySummary, StrategyView
from dashboard.bots.workflow_wire import WorkflowView
from dashboard.live.now import Key, Now, figures, newer_seq
from dashboard.money.booked import BookedFigures, merge_booked
from dashboard.ports import Ports
from dashboard.runs import nodes as node
from dashboard.runs import summaries as run
from dashboard.runs.views import RunViews, merge_runs
from dashboard.runs.wire import NodeState, RunSummary
from dashboard.system.outside import call
from dashboard.wire import Metrics

State = Literal["running", "paused", "halted", "archived"]


class BotViews:
    def __init__(self, ports: Ports, now: Now, catalog: Catalog, runs: RunViews) -> None:
        self._ports = ports
        self._now = now
        self._catalog = catalog
        self._runs = runs
        self._booked = BookedFigures(ports)

    async def every(self) -> list[BotSummary]:
        records = await self._ports.database.run(bots.every())
        return await self._summaries(records)

    async def one(self, bot_id: str) -> BotSummary:
        """Return one bot. Raises NotFound."""
        return (await self._summaries([await self._ports.database.run(bots.get(bot_id))]))[0]

    async def detail(self, bot_id: str) -> BotDetail:
        """Return one bot with its workflow and schedule. Raises NotFound."""
        record = await self._ports.database.run(bots.get(bot_id))
        summary = (await self._summaries([record]))[0]
        version = await self._catalog.version(record.workflow_digest)
        planned = await self._ports.database.run(schedules.every(bot_id))
        return BotDetail(
            **{name: getattr(summary, name) for name in BotSummary.model_fields},
            workflow=WorkflowView.model_validate(version.document),
            workflow_digest=version.digest,
            schedule=dict(planned[0].spec) if planned else None,
        )

    async def strategy(self, bot_id: str, strategy_id: str) -> StrategyView:
        """Return one strategy instance with its workflow, tweaks, newest node states and runs.

        Raises NotFound for an unknown bot, instance or template.
        """
        bot = await self.one(bot_id)
        record = await self._ports.database.run(bots.get(bot_id))
        instance = await self._instance(record, strategy_id)
        version = await self._catalog.strategy(instance.strategy)
        latest, runs, tweaks = await asyncio.gather(
            self.nodes(bot_id, strategy_id),
            self._runs.of_strategy(bot_id, strategy_id),
            self._tweaks(bot_id, strategy_id),
        )
        return StrategyView(
            bot=BotRef(id=bot.id, name=bot.name),
            strategy=next(each for each in bot.strategies if each.id == strategy_id),
            workflow=with_overrides(version.document, instance.overrides),
            digest=version.digest,
            tweaks=tweaks,
            latest={state.node_id: state for state in latest},
            runs=runs,
        )

    async def nodes(self, bot_id: str, strategy_id: str | None) -> list[NodeState]:
        """Return the newest state of each node of a strategy instance.

        A `strategy_id` of None selects the bot's own nodes.
        """
        stored = await self._ports.database.run(executions.latest(bot_id, strategy_id))
        found = {node_id: node.of_latest(record) for node_id, record in stored.items()}
        for node_id, event in self._now.nodes.get((bot_id, strategy_id), {}).items():
            record = stored.get(node_id)
            if record is None:
                found[node_id] = node.of_event(event)
            elif newer_seq(event.seq, record.seq):
                found[node_id] = node.of_event(event).model_copy(
                    update={"executions": record.executions, "success_rate": record.success_rate}
                )
        return list(found.values())

    async def all_nodes(self, bot_id: str) -> list[NodeState]:
        """Return the states of the bot's own nodes and of each strategy's nodes."""
        record = await self._ports.database.run(bots.get(bot_id))
        found = await self.nodes(bot_id, None)
        for instance in await self._instances(record):
            found += await self.nodes(bot_id, instance.id)
        return found

    async def require_strategy(self, bot_id: str, strategy_id: str) -> None:
        """Raise NotFound for an unknown bot or strategy instance."""
        await self._instance(await self._ports.database.run(bots.get(bot_id)), strategy_id)

    # --- inside -----------------------------------------------------------------------------------------

    async def _tweaks(self, bot_id: str, strategy_id: str) -> dict[str, dict[str, object]]:
        return await call(self._ports.runs.tweaks, bot_id, strategy_id)

    async def _instances(self, record: BotRecord) -> list[Instance]:
        return instances((await self._catalog.version(record.workflow_digest)).document)

    async def _instance(self, record: BotRecord, strategy_id: str) -> Instance:
        known = await self._instances(record)
        for instance in known:
            if instance.id == strategy_id:
                return instance
        raise NotFound(
            f"bot {record.id} has no strategy of this id",
            expected="one of " + ", ".join(each.id for each in known) if known else "a bot with strategies",
            found=strategy_id,
        )

    async def _summaries(self, records: Sequence[BotRecord]) -> list[BotSummary]:
        if not records:
            return []
        ids = [record.id for record in records]
        within = {record.id: await self._instances(record) for record in records}
        keys: list[Key] = [(bot_id, None) for bot_id in ids]
        keys += [(bot_id, each.id) for bot_id, found in within.items() for each in found]
        read = schedules.every(ids[0] if len(ids) == 1 else None)
        hour_ago = self._ports.clock.now() - skips.WINDOW
        one = ids[0] if len(ids) == 1 else None
        planned, last, figures_of, recorded = await self._ports.database.run(
            together(
                read,
                history.newest_of_each(ids, LOOKED_AT),
                metrics.latest_of_each(keys),
                activity.skips(hour_ago, bot_id=one),
            )
        )
        flags = await self._flags(records)
        booked = await self._booked.of(records)
        newest = {bot_id: self._newest_runs(bot_id, last) for bot_id in ids}
        skipped = skips.count_skips(recorded, self._now.skips, hour_ago)
        warnings = {bot_id: _warnings(bot_id, newest[bot_id], skipped) for bot_id in ids}
        return [
            BotSummary(
                id=record.id,
                name=record.name,
                domain=record.domain,
                mode=cast("Literal['paper', 'sandbox', 'live']", record.mode),
                state=_state(record, flags),
                health="failing" if any(w.code == "failing" for w in warnings[record.id]) else "ok",
                warnings=warnings[record.id],
                base_currency=record.base_currency,
                schedule_text=_schedule_text([each for each in planned if each.bot_id == record.id]),
                next_run_at=_next_run(record, [each for each in planned if each.bot_id == record.id]),
                active_run_id=self._now.active.get(record.id),
                last_run=newest[record.id][0] if newest[record.id] else None,
                metrics=merge_booked(
                    self._metrics((record.id, None), figures_of, {"capital": str(record.capital)}),
                    booked.get((record.id, None)),
                ),
                strategies=[
                    await self._strategy(record.id, instance, figures_of, booked)
                    for instance in within[record.id]
                ],
            )
            for record in records
        ]

    async def _strategy(
        self,
        bot_id: str,
        instance: Instance,
        figures_of: dict[Key, MetricRecord],
        booked: dict[Key, Metrics],
    ) -> StrategySummary:
        return StrategySummary(
            id=instance.id,
            strategy=instance.strategy,
            name=instance.label or await self._catalog.name(instance.strategy),
            enabled=instance.enabled,
            weight=instance.weight,
            metrics=merge_booked(
                self._metrics((bot_id, instance.id), figures_of, {}), booked.get((bot_id, instance.id))
            ),
        )

    def _newest_runs(self, bot_id: str, recorded: dict[str, list[RunRecord]]) -> list[RunSummary]:
        known = [run.of_record(each) for each in recorded.get(bot_id, ())]
        return merge_runs(known, self._now.of_bot(bot_id), LOOKED_AT)

    def _metrics(self, key: Key, recorded: dict[Key, MetricRecord], base: Metrics) -> Metrics:
        record, live = recorded.get(key), self._now.metrics.get(key)
        if live is not None and (record is None or newer_seq(live[0], record.seq)):
            return {**base, **live[1]}
        return {**base, **figures(record.metrics)} if record is not None else base

    async def _flags(self, records: Sequence[BotRecord]) -> dict[str, EmergencyFlag]:
        scopes = [PLATFORM_SCOPE, *sorted({domain_scope(record.domain) for record in records})]
        scopes += [bot_scope(record.id) for record in records]
        try:
            flags = await call(self._ports.flags.read, scopes)
        except Unavailable as error:
            return {PLATFORM_SCOPE: EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, str(error))}
        found = {flag.scope: flag for flag in flags}
        missing = EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, "the platform's flag is missing")
        found.setdefault(PLATFORM_SCOPE, missing)
        return found


def _warnings(bot_id: str, newest: Sequence[RunSummary], skipped: Sequence[SkipRecord]) -> list[BotWarning]:
    found = (failing_warning(newest), skips.overlap_warning(skipped, bot_id))
    return [each for each in found if each is not None]


def _state(record: BotRecord, flags: dict[str, EmergencyFlag]) -> State:
    if record.state == bots.ARCHIVED:
        return "archived"
    scopes = ScopePath(record.domain, record.id).scopes
    flag = worst(flags[scope] for scope in scopes if scope in flags)
    if flag is not None and flag.state >= EmergencyState.HALT:
        return "halted"
    return "paused" if record.state == "paused" else "running"


def _schedule_text(planned: Sequence[ScheduleRecord]) -> str:
    words = []
    for each in planned:
        try:
            text = schedules_words.describe(schedules_words.parse(dict(each.spec)))
        except InvalidInput:
            text = "a schedule this version cannot read"
        words.append(text if each.enabled else f"{text} (off)")
    return "; ".join(words) or "by hand only"


def _next_run(record: BotRecord, planned: Sequence[ScheduleRecord]) -> datetime | None:
    if record.state != "running":
        return None
    return min(
        (each.next_due_at for each in planned if each.enabled and each.next_due_at is not None), default=None
    )
