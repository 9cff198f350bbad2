"""Every table, as typed SQLAlchemy models. Importing this package fills `Base.metadata`."""

from argosy.infrastructure.storage.models.base import Base
from argosy.infrastructure.storage.models.catalog import Bot, Schedule, Workflow
from argosy.infrastructure.storage.models.history import NodeExecution, NodeState, Run, StrategyRun
from argosy.infrastructure.storage.models.journal import (
    EmergencyRow,
    LoggedEvent,
    ParamChange,
    RecorderProgress,
    RecorderReject,
)
from argosy.infrastructure.storage.models.trade import Action, Metric, Opportunity

__all__ = [
    "Action",
    "Base",
    "Bot",
    "EmergencyRow",
    "LoggedEvent",
    "Metric",
    "NodeExecution",
    "NodeState",
    "Opportunity",
    "ParamChange",
    "RecorderProgress",
    "RecorderReject",
    "Run",
    "Schedule",
    "StrategyRun",
    "Workflow",
]
