"""Route table of the JSON API, for the router and for the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from argosy.graph.document import MAX_BYTES
from dashboard.bots.catalog_wire import (
    BotBody,
    BotGone,
    BotMade,
    BotVersionList,
    DocumentBody,
    ModeBody,
    ModeChanged,
    ReasonQuery,
    RestoreBody,
    SaveBody,
    SavedView,
    TemplateList,
    Validation,
    WorkflowDetail,
    WorkflowList,
)
from dashboard.bots.wire import BotDetail, BotList, BotSummary, StrategyView
from dashboard.bots.workflow_wire import NodeTypeList
from dashboard.money.wire import (
    EntryPage,
    EntryQuery,
    EquityCurve,
    EquityQuery,
    PortfolioQuery,
    PortfolioView,
)
from dashboard.risk.wire import LimitBody, LimitList, LimitView, RemovalQuery, UsageList, UsageQuery
from dashboard.runs.wire import NodeQuery, NodeState, RunDetail, RunPage, RunQuery, RunSummary, RunTicket
from dashboard.safety.audit_wire import AuditPage, AuditQuery
from dashboard.safety.wire import (
    EmergencyAnswer,
    EmergencyHistory,
    EmergencyOrder,
    EmergencyOverview,
    EmergencyQuery,
    ResumeOrder,
    ShutdownOrder,
)
from dashboard.system.activity_wire import ActivityList, ActivityQuery
from dashboard.system.wire import DomainList, SystemStatus

PREFIX = "/api/v1"
MOST_BODY = 65_536


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the API.

    `name` is both the operation id and the key of its handler. `body` is the JSON model of the request.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    name: str
    summary: str
    reply: type[BaseModel]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    most_body: int = MOST_BODY


_DOCUMENTS = MAX_BYTES + 65_536
"""Bytes of the largest body with a workflow document."""

ROUTES = (
    Route("GET", "/system", "system", "How the platform is doing.", SystemStatus),
    Route("GET", "/domains", "domains", "Every domain, with its look and figures.", DomainList),
    Route("GET", "/bots", "bots", "Every bot.", BotList),
    Route(
        "POST",
        "/bots",
        "createBot",
        "Make a bot from a document or a template, with the limits that every new bot has.",
        BotMade,
        body=BotBody,
        status=201,
        most_body=_DOCUMENTS,
    ),
    Route("GET", "/bots/{botId}", "bot", "One bot with its workflow and schedule.", BotDetail),
    Route("POST", "/bots/{botId}/run", "runBot", "Start a run now.", RunTicket, status=202),
    Route("POST", "/bots/{botId}/pause", "pauseBot", "Stop starting runs.", BotSummary),
    Route("POST", "/bots/{botId}/resume", "resumeBot", "Start runs by schedule again.", BotSummary),
    Route(
        "POST",
        "/bots/{botId}/archive",
        "archiveBot",
        "Put a bot away that holds and owes nothing; its history stays.",
        BotGone,
        ReasonQuery,
    ),
    Route("POST", "/bots/{botId}/unarchive", "unarchiveBot", "Bring it back, paused.", BotGone, ReasonQuery),
    Route(
        "DELETE",
        "/bots/{botId}",
        "removeBot",
        "Delete a bot without run, action or ledger entry.",
        BotGone,
        ReasonQuery,
    ),
    Route(
        "PUT",
        "/bots/{botId}/mode",
        "setBotMode",
        "Change the mode; what the bot holds stays in the mode it leaves.",
        ModeChanged,
        body=ModeBody,
    ),
    Route("GET", "/bots/{botId}/versions", "botVersions", "How the bot was configured when.", BotVersionList),
    Route("GET", "/templates", "templates", "Workflows that a bot can be made from.", TemplateList),
    Route("GET", "/workflows", "workflows", "The newest version of every workflow.", WorkflowList),
    Route(
        "POST",
        "/workflows",
        "saveWorkflow",
        "Check a document and store it as the newest version of its id.",
        SavedView,
        body=SaveBody,
        most_body=_DOCUMENTS,
    ),
    Route(
        "POST",
        "/workflows:validate",
        "validateWorkflow",
        "Every problem of a document; nothing is stored.",
        Validation,
        body=DocumentBody,
        most_body=_DOCUMENTS,
    ),
    Route(
        "GET",
        "/workflows/{workflowId}",
        "workflow",
        "A saved workflow with its versions.",
        WorkflowDetail,
    ),
    Route(
        "POST",
        "/workflows/{workflowId}/restore",
        "restoreWorkflow",
        "Make an older version the newest again.",
        SavedView,
        body=RestoreBody,
    ),
    Route(
        "GET",
        "/bots/{botId}/strategies/{strategyId}",
        "strategy",
        "One strategy instance: workflow, newest node states, last 100 runs.",
        StrategyView,
    ),
    Route("GET", "/nodes", "nodes", "Every kind of node.", NodeTypeList),
    Route("GET", "/runs", "runs", "Runs, newest first.", RunPage, RunQuery),
    Route("GET", "/runs/{runId}", "run", "One run with its nodes.", RunDetail),
    Route("POST", "/runs/{runId}/cancel", "cancelRun", "Ask a run to stop.", RunSummary),
    Route(
        "GET",
        "/runs/{runId}/nodes/{nodeId}",
        "runNode",
        "One node of a run with whole outputs and inputs.",
        NodeState,
        NodeQuery,
    ),
    Route(
        "GET",
        "/portfolio",
        "portfolio",
        "Capital, cash, equity and profit of every scope, and what is held.",
        PortfolioView,
        PortfolioQuery,
    ),
    Route("GET", "/equity", "equity", "The equity curve of a scope.", EquityCurve, EquityQuery),
    Route("GET", "/ledger/entries", "ledgerEntries", "Cash flows, newest first.", EntryPage, EntryQuery),
    Route("GET", "/risk/limits", "riskLimits", "Every limit.", LimitList),
    Route(
        "PUT",
        "/risk/limits/{limitId}",
        "setRiskLimit",
        "Make or change a limit; it holds for the next decision.",
        LimitView,
        body=LimitBody,
    ),
    Route(
        "DELETE",
        "/risk/limits/{limitId}",
        "removeRiskLimit",
        "Take a limit away; the reply is what it was.",
        LimitView,
        RemovalQuery,
    ),
    Route(
        "GET", "/risk/usage", "riskUsage", "Every limit with what is used of it now.", UsageList, UsageQuery
    ),
    Route(
        "GET", "/emergency", "emergency", "Emergency states, and what holds for each bot.", EmergencyOverview
    ),
    Route(
        "GET",
        "/emergency/history",
        "emergencyHistory",
        "Changes of emergency states, newest first.",
        EmergencyHistory,
        EmergencyQuery,
    ),
    Route(
        "POST",
        "/emergency/halt",
        "halt",
        "No new risk from the moment of the answer.",
        EmergencyAnswer,
        body=EmergencyOrder,
    ),
    Route(
        "POST",
        "/emergency/alert",
        "alert",
        "Smaller sizes; a stricter state stays.",
        EmergencyAnswer,
        body=EmergencyOrder,
    ),
    Route(
        "POST",
        "/emergency/resume",
        "resume",
        "Back to work; out of SHUTDOWN in two steps.",
        EmergencyAnswer,
        body=ResumeOrder,
    ),
    Route(
        "POST",
        "/emergency/shutdown",
        "shutdown",
        "Stop everything, in two steps: the first halts and answers with a code.",
        EmergencyAnswer,
        body=ShutdownOrder,
    ),
    Route("GET", "/audit", "audit", "Who changed what, newest first.", AuditPage, AuditQuery),
    Route("GET", "/activity", "activity", "What happened lately, in words.", ActivityList, ActivityQuery),
)
