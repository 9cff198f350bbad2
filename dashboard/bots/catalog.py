"""Workflow documents, and strategy instances in a bot's document."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from argosy.core.clock import Clock
from argosy.errors import NotFound
from argosy.graph.document import digest as digest_of
from argosy.infrastructure.storage.catalog import workflows
from argosy.infrastructure.storage.engine.database import AsyncDatabase
from dashboard.bots.workflow_wire import WorkflowView
from dashboard.ports import Ports

STRATEGY = "strategy"
_KEEP = 256
_FRESH_S = 2.0


@dataclass(frozen=True, slots=True)
class Instance:
    """Strategy instance in a bot, with the values of the bot's document."""

    id: str
    strategy: str
    label: str | None
    enabled: bool
    weight: Decimal
    overrides: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Version:
    digest: str
    name: str
    document: Mapping[str, Any]


def instances(document: Mapping[str, Any]) -> list[Instance]:
    """Return the strategy nodes of a bot's document, in its order."""
    found = []
    for node in document.get("nodes", []):
        if node.get("type") != STRATEGY:
            continue
        params = node.get("params") or {}
        found.append(
            Instance(
                id=str(node["id"]),
                strategy=str(params.get("strategy", "")),
                label=node.get("label"),
                enabled=bool(params.get("enabled", True)),
                weight=_decimal(params.get("weight", 1)),
                overrides=params.get("configOverrides") or {},
            )
        )
    return found


def with_overrides(document: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]]) -> WorkflowView:
    """Return the document with an instance's own parameters, as it runs in the bot."""
    nodes = [
        {**node, "params": {**(node.get("params") or {}), **overrides.get(str(node.get("id")), {})}}
        for node in document.get("nodes", [])
    ]
    return WorkflowView.model_validate({**document, "nodes": nodes})


class Catalog:
    """Cache of workflow versions.

    Versions never change. The newest version of a workflow is read again after two seconds.
    """

    def __init__(self, ports: Ports) -> None:
        self._database: AsyncDatabase = ports.database
        self._clock: Clock = ports.clock
        self._packaged = ports.packaged
        self._versions: OrderedDict[str, Version] = OrderedDict()
        self._newest: dict[str, tuple[float, Version | None]] = {}

    async def version(self, digest: str) -> Version:
        """Return the version of this digest. Raises NotFound."""
        found = self._versions.get(digest)
        if found is None:
            record = await self._database.run(workflows.get(digest))
            found = self._keep(Version(record.digest, record.name, record.document))
        return found

    async def newest(self, workflow_id: str) -> Version | None:
        at, found = self._newest.get(workflow_id, (float("-inf"), None))
        if self._clock.monotonic() - at < _FRESH_S:
            return found
        record = await self._database.run(workflows.newest(workflow_id))
        if record is not None:
            found = self._keep(Version(record.digest, record.name, record.document))
        else:
            packaged = self._packaged(workflow_id)
            name = "" if packaged is None else str(packaged.get("name") or workflow_id)
            found = None if packaged is None else Version(digest_of(packaged), name, packaged)
        if len(self._newest) >= _KEEP:
            self._newest.clear()
        self._newest[workflow_id] = (self._clock.monotonic(), found)
        return found

    async def name(self, workflow_id: str) -> str:
        """Return the strategy's name; its id if the strategy is unknown."""
        found = await self.newest(workflow_id)
        return workflow_id if found is None else found.name

    async def strategy(self, workflow_id: str) -> Version:
        """Return the newest version of a strategy. Raises NotFound."""
        found = await self.newest(workflow_id)
        if found is None:
            raise NotFound("there is no such strategy", found=workflow_id)
        return found

    def _keep(self, version: Version) -> Version:
        self._versions[version.digest] = version
        while len(self._versions) > _KEEP:
            self._versions.popitem(last=False)
        return version


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
