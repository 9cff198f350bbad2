"""Creation of the dashboard's ports from the runtime of the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.bootstrap import Runtime
from argosy.bootstrap.types import packaged_workflow
from argosy.errors import NotFound
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.engine.database import AsyncDatabase
from dashboard.ports import Ports
from dashboard.system.outside import PATIENCE_S


def ports_of(runtime: Runtime) -> Ports:
    flower = runtime.settings.flower
    return Ports(
        settings=runtime.settings,
        database=AsyncDatabase(runtime.endpoints.database_url, patience_s=PATIENCE_S),
        events=runtime.events,
        runs=runtime.runs,
        flags=RedisEmergencyFlags(runtime.endpoints.redis_url, hasty=True),
        overview=RedisOverview(runtime.endpoints.redis_url),
        registry=runtime.registry,
        dispatcher=runtime.dispatcher,
        desk=runtime.desk,
        clock=runtime.clock,
        started_at=runtime.clock.now(),
        flower_url=f"http://127.0.0.1:{flower.port}" if flower.enabled else None,
        packaged=find_packaged,
        places=runtime.places,
    )


def find_packaged(workflow_id: str) -> Mapping[str, Any] | None:
    """Return the document of a strategy that comes with a domain; None for an unknown id."""
    try:
        return packaged_workflow(workflow_id).to_json()
    except NotFound:
        return None
