"""Tables as typed SQLAlchemy models. Importing this package fills `Base.metadata`."""

from argosy.infrastructure.storage.models.audit import AuditRow
from argosy.infrastructure.storage.models.base import Base
from argosy.infrastructure.storage.models.catalog import (
    Bot,
    BotVersion,
    Schedule,
    VenueDomain,
    Workflow,
    WorkflowVersion,
)
from argosy.infrastructure.storage.models.document import VenueDocument
from argosy.infrastructure.storage.models.emergency import EmergencyChange, EmergencyRow
from argosy.infrastructure.storage.models.history import NodeExecution, NodeState, Run, StrategyRun
from argosy.infrastructure.storage.models.intent import (
    Intent,
    IntentChange,
    Reconciliation,
    VenueBaseline,
)
from argosy.infrastructure.storage.models.journal import (
    LoggedEvent,
    ParamChange,
    RecorderProgress,
    RecorderReject,
)
from argosy.infrastructure.storage.models.ledger import (
    CashRow,
    EquityLevel,
    EquityPoint,
    LedgerEntry,
    MarkRow,
    PositionRow,
)
from argosy.infrastructure.storage.models.notice import Notice
from argosy.infrastructure.storage.models.risk import CapitalAccount, CapitalShare, RiskLimit
from argosy.infrastructure.storage.models.trade import Action, Metric, Opportunity

__all__ = [
    "Action",
    "AuditRow",
    "Base",
    "Bot",
    "BotVersion",
    "CapitalAccount",
    "CapitalShare",
    "CashRow",
    "EmergencyChange",
    "EmergencyRow",
    "EquityLevel",
    "EquityPoint",
    "Intent",
    "IntentChange",
    "LedgerEntry",
    "LoggedEvent",
    "MarkRow",
    "Metric",
    "NodeExecution",
    "NodeState",
    "Notice",
    "Opportunity",
    "ParamChange",
    "PositionRow",
    "Reconciliation",
    "RecorderProgress",
    "RecorderReject",
    "RiskLimit",
    "Run",
    "Schedule",
    "StrategyRun",
    "VenueBaseline",
    "VenueDocument",
    "VenueDomain",
    "Workflow",
    "WorkflowVersion",
]
