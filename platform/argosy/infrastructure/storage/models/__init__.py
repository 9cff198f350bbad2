"""Tables as typed classes, each made on first use.

A table costs a millisecond, and a command that lists bots needs two of thirty. Asking for `Base` makes them all: a comparison
of the schema needs `Base.metadata` whole.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argosy.infrastructure.storage.models.audit import AuditRow
    from argosy.infrastructure.storage.models.base import Base
    from argosy.infrastructure.storage.models.catalog import (
        BotRow,
        BotVersion,
        Schedule,
        VenueDomain,
        Workflow,
        WorkflowVersion,
    )
    from argosy.infrastructure.storage.models.document import VenueDocument
    from argosy.infrastructure.storage.models.emergency import EmergencyChange, EmergencyRow
    from argosy.infrastructure.storage.models.history import NodeExecution, NodeStateRow, Run, StrategyRun
    from argosy.infrastructure.storage.models.intent import (
        IntentChange,
        IntentRow,
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
        FlowRow,
        LedgerEntry,
        MarkRow,
        PositionRow,
    )
    from argosy.infrastructure.storage.models.notice import Notice
    from argosy.infrastructure.storage.models.risk import CapitalAccount, CapitalShare, RiskLimit
    from argosy.infrastructure.storage.models.trade import ActionRow, Metric, OpportunityRow

__all__ = [
    "ActionRow",
    "AuditRow",
    "Base",
    "BotRow",
    "BotVersion",
    "CapitalAccount",
    "CapitalShare",
    "CashRow",
    "EmergencyChange",
    "EmergencyRow",
    "EquityLevel",
    "EquityPoint",
    "FlowRow",
    "IntentChange",
    "IntentRow",
    "LedgerEntry",
    "LoggedEvent",
    "MarkRow",
    "Metric",
    "NodeExecution",
    "NodeStateRow",
    "Notice",
    "OpportunityRow",
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

_HOMES = {
    "ActionRow": "trade",
    "AuditRow": "audit",
    "Base": "base",
    "BotRow": "catalog",
    "BotVersion": "catalog",
    "CapitalAccount": "risk",
    "CapitalShare": "risk",
    "CashRow": "ledger",
    "EmergencyChange": "emergency",
    "EmergencyRow": "emergency",
    "EquityLevel": "ledger",
    "EquityPoint": "ledger",
    "FlowRow": "ledger",
    "IntentRow": "intent",
    "IntentChange": "intent",
    "LedgerEntry": "ledger",
    "LoggedEvent": "journal",
    "MarkRow": "ledger",
    "Metric": "trade",
    "NodeExecution": "history",
    "NodeStateRow": "history",
    "Notice": "notice",
    "OpportunityRow": "trade",
    "ParamChange": "journal",
    "PositionRow": "ledger",
    "Reconciliation": "intent",
    "RecorderProgress": "journal",
    "RecorderReject": "journal",
    "RiskLimit": "risk",
    "Run": "history",
    "Schedule": "catalog",
    "StrategyRun": "history",
    "VenueBaseline": "intent",
    "VenueDocument": "document",
    "VenueDomain": "catalog",
    "Workflow": "catalog",
    "WorkflowVersion": "catalog",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Base":
        for module in sorted(set(_HOMES.values())):
            import_module(f"{__name__}.{module}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
