"""Handlers of the JSON API: they parse the request, ask a view and reply."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from argosy.core.bot import ID_PATTERN
from argosy.core.risk.rules import ID_PATTERN as LIMIT_ID
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.core.strict_json import check_json
from argosy.errors import InvalidInput, NotFound, UnsupportedMediaType
from argosy.infrastructure.serving.origin import is_json
from argosy.text import clean_value
from dashboard.bots.catalog_wire import BotBody, DocumentBody, ModeBody, ReasonQuery, RestoreBody, SaveBody
from dashboard.bots.setup import SetupViews
from dashboard.bots.views import BotViews
from dashboard.bots.wire import BotList
from dashboard.commands import ACTOR, Commands
from dashboard.money.views import MoneyViews
from dashboard.money.wire import EntryQuery, EquityQuery, PortfolioQuery
from dashboard.replies import reply
from dashboard.risk.views import RiskViews
from dashboard.risk.wire import LimitBody, RemovalQuery, UsageQuery
from dashboard.routes import MOST_BODY, PREFIX, ROUTES, Route
from dashboard.runs.views import RunViews
from dashboard.runs.wire import NodeQuery, RunQuery
from dashboard.safety.audit import AuditViews
from dashboard.safety.audit_wire import AuditQuery
from dashboard.safety.views import EmergencyViews
from dashboard.safety.wire import EmergencyOrder, EmergencyQuery, ResumeOrder, ShutdownOrder
from dashboard.system.activity import ActivityViews
from dashboard.system.activity_wire import ActivityQuery
from dashboard.system.views import PlatformViews

M = TypeVar("M", bound=BaseModel)
_ID = re.compile(ID_PATTERN)
_LIMIT_ID = re.compile(LIMIT_ID)
_AT_ONCE = MOST_BODY
"""Bytes of the largest body that is parsed in the event loop; a thread parses larger ones."""
_RUN_ID = re.compile(r"^[A-Za-z0-9_.:-]{1,160}$")

Handler = Callable[[Request], Awaitable[BaseModel]]


class Api:
    def __init__(
        self,
        bots: BotViews,
        runs: RunViews,
        platform: PlatformViews,
        money: MoneyViews,
        audit: AuditViews,
        risk: RiskViews,
        emergency: EmergencyViews,
        activity: ActivityViews,
        commands: Commands,
        setup: SetupViews,
    ) -> None:
        self._setup = setup
        self._activity = activity
        self._emergency = emergency
        self._audit = audit
        self._money = money
        self._risk = risk
        self._bots = bots
        self._runs = runs
        self._platform = platform
        self._commands = commands

    def routes(self) -> list[StarletteRoute]:
        """Return one Starlette route for each row of the table."""
        handlers = self._handlers()
        return [
            StarletteRoute(
                PREFIX + route.path,
                _endpoint(route, handlers[route.name]),
                methods=[route.method],
                name=route.name,
            )
            for route in ROUTES
        ]

    def _handlers(self) -> dict[str, Handler]:
        return {
            "system": self._system,
            "domains": self._domains,
            "bots": self._all_bots,
            "bot": lambda request: self._bots.detail(_bot(request)),
            "runBot": lambda request: self._commands.run_bot(_bot(request), actor_of(request)),
            "pauseBot": lambda request: self._commands.set_state(_bot(request), "paused", actor_of(request)),
            "resumeBot": lambda request: self._commands.set_state(
                _bot(request), "running", actor_of(request)
            ),
            "createBot": self._create_bot,
            "archiveBot": lambda request: self._setup.archive(
                _bot(request), _query(request, ReasonQuery).reason, actor_of(request)
            ),
            "unarchiveBot": lambda request: self._setup.unarchive(
                _bot(request), _query(request, ReasonQuery).reason, actor_of(request)
            ),
            "removeBot": lambda request: self._setup.remove(
                _bot(request), _query(request, ReasonQuery).reason, actor_of(request)
            ),
            "setBotMode": self._set_mode,
            "botVersions": lambda request: self._setup.bot_versions(_bot(request)),
            "templates": self._templates,
            "workflows": lambda _: self._setup.workflows(),
            "workflow": lambda request: self._setup.workflow(_workflow(request)),
            "saveWorkflow": self._save_workflow,
            "validateWorkflow": self._validate_workflow,
            "restoreWorkflow": self._restore_workflow,
            "strategy": lambda request: self._bots.strategy(_bot(request), _strategy(request)),
            "nodes": self._nodes,
            "runs": lambda request: self._runs.page(_query(request, RunQuery)),
            "run": lambda request: self._runs.detail(_run(request)),
            "cancelRun": lambda request: self._commands.cancel_run(_run(request), actor_of(request)),
            "runNode": self._node,
            "portfolio": lambda request: self._money.portfolio(_query(request, PortfolioQuery)),
            "equity": lambda request: self._money.equity(_query(request, EquityQuery)),
            "ledgerEntries": lambda request: self._money.entries(_query(request, EntryQuery)),
            "riskLimits": self._limits,
            "setRiskLimit": self._set_limit,
            "removeRiskLimit": self._remove_limit,
            "riskUsage": lambda request: self._risk.usage(_query(request, UsageQuery)),
            "emergency": self._states,
            "emergencyHistory": lambda request: self._emergency.history(_query(request, EmergencyQuery)),
            "halt": self._halt,
            "alert": self._alert,
            "resume": self._resume,
            "shutdown": self._shutdown,
            "audit": lambda request: self._audit.page(_query(request, AuditQuery)),
            "activity": lambda request: self._activity.newest(_query(request, ActivityQuery)),
        }

    async def _system(self, _: Request) -> BaseModel:
        return await self._platform.system()

    async def _all_bots(self, _: Request) -> BaseModel:
        return BotList(items=await self._bots.every())

    async def _domains(self, _: Request) -> BaseModel:
        return self._platform.domains()

    async def _nodes(self, _: Request) -> BaseModel:
        return self._platform.nodes()

    async def _states(self, _: Request) -> BaseModel:
        return await self._emergency.overview()

    async def _halt(self, request: Request) -> BaseModel:
        order = await _body(request, EmergencyOrder)
        return await self._emergency.change(order, EmergencyState.HALT, actor_of(request))

    async def _alert(self, request: Request) -> BaseModel:
        order = await _body(request, EmergencyOrder)
        return await self._emergency.change(order, EmergencyState.ALERT, actor_of(request))

    async def _resume(self, request: Request) -> BaseModel:
        return await self._emergency.resume(await _body(request, ResumeOrder), actor_of(request))

    async def _shutdown(self, request: Request) -> BaseModel:
        return await self._emergency.shutdown(await _body(request, ShutdownOrder), actor_of(request))

    async def _node(self, request: Request) -> BaseModel:
        query = _query(request, NodeQuery)
        return await self._runs.node(_run(request), _id(request, "nodeId", "node"), query.strategy)

    async def _create_bot(self, request: Request) -> BaseModel:
        body = await _body(request, BotBody, most=_most("createBot"))
        return await self._setup.create(body, actor_of(request))

    async def _set_mode(self, request: Request) -> BaseModel:
        return await self._setup.set_mode(_bot(request), await _body(request, ModeBody), actor_of(request))

    async def _templates(self, _: Request) -> BaseModel:
        return self._setup.templates()

    async def _save_workflow(self, request: Request) -> BaseModel:
        body = await _body(request, SaveBody, most=_most("saveWorkflow"))
        return await self._setup.save(body, actor_of(request))

    async def _validate_workflow(self, request: Request) -> BaseModel:
        return await self._setup.validate(await _body(request, DocumentBody, most=_most("validateWorkflow")))

    async def _restore_workflow(self, request: Request) -> BaseModel:
        body = await _body(request, RestoreBody)
        return await self._setup.restore(_workflow(request), body, actor_of(request))

    async def _limits(self, _: Request) -> BaseModel:
        return await self._risk.limits()

    async def _set_limit(self, request: Request) -> BaseModel:
        body = await _body(request, LimitBody)
        return await self._risk.set(_limit(request), body, actor_of(request))

    async def _remove_limit(self, request: Request) -> BaseModel:
        query = _query(request, RemovalQuery)
        return await self._risk.remove(_limit(request), query, actor_of(request))


def actor_of(request: Request) -> Actor:
    """Return the actor `dashboard` at the address of the request: the dashboard has no login."""
    address = "" if request.client is None else request.client.host
    return Actor(id=ACTOR, origin="api", address=address)


def _endpoint(route: Route, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if route.query is None:
            _query(request, _NoQuery)
        return reply(await handler(request), route.status)

    return endpoint


class _NoQuery(BaseModel, extra="forbid"):
    """Query of a route without parameters."""


def _query(request: Request, model: type[M]) -> M:
    """Parse the query. Raises InvalidInput with every parameter that does not fit."""
    names = [name for name, _ in request.query_params.multi_items()]
    if twice := sorted({name[:80] for name in names if names.count(name) > 1})[:10]:
        raise InvalidInput(
            "the query is not clear",
            expected="each parameter once",
            found=f"{', '.join(twice)} more than once",
        )
    try:
        return model.model_validate(clean_value(dict(request.query_params)))
    except ValidationError as error:
        problems = [
            {"parameter": ".".join(map(str, each["loc"])) or "query", "message": each["msg"]}
            for each in error.errors(include_url=False)
        ]
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        raise InvalidInput(
            "the query does not fit",
            expected=f"parameters {known}" if known else "no parameters",
            found="; ".join(f"{each['parameter']}: {each['message']}" for each in problems)[:500],
            remedy="see /api/v1/openapi.json",
            problems=problems,
        ) from None


async def _body(request: Request, model: type[M], *, most: int = MOST_BODY) -> M:
    """Read and parse the JSON body.

    Raises UnsupportedMediaType for another content type. Raises InvalidInput for more than `most` bytes, or
    with every field that does not fit.
    """
    content_type = request.headers.get("content-type", "")
    if not is_json(content_type):
        raise UnsupportedMediaType(
            "the body is not said to be JSON",
            expected="the header Content-Type: application/json",
            found=repr(content_type[:100]),
            remedy="send that header with the body",
        )
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most:
            raise InvalidInput("the body is too large", expected=f"at most {most} bytes of JSON")
    if len(received) > _AT_ONCE:
        return await anyio.to_thread.run_sync(_read, bytes(received), model)
    return _read(bytes(received), model)


def _read(received: bytes, model: type[M]) -> M:
    """Parse the body. Raises InvalidInput with every field that does not fit."""
    text = received.decode("utf-8", "replace")  # a reason in another encoding must not prevent a halt
    check_json(text)
    try:
        return model.model_validate_json(_without_controls(text.encode("utf-8", "replace")))
    except ValidationError as error:
        problems = [
            {"field": ".".join(map(str, each["loc"])) or "body", "message": each["msg"]}
            for each in error.errors(include_url=False)
        ]
        raise InvalidInput(
            "the body does not fit",
            expected="JSON with " + ", ".join(f.alias or name for name, f in model.model_fields.items()),
            found="; ".join(f"{each['field']}: {each['message']}" for each in problems)[:500],
            remedy="see /api/v1/openapi.json",
            problems=problems,
        ) from None


def _without_controls(body: bytes) -> bytes:
    """Return the JSON without characters that no field may hold.

    A body that is not JSON is returned unchanged; the model then refuses it.
    """
    if body.isascii() and b"\\u" not in body and b"\x7f" not in body:
        return body
    try:
        value = clean_value(json.loads(body.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return body
    return json.dumps(value).encode()


def _id(request: Request, parameter: str, noun: str, pattern: re.Pattern[str] = _ID) -> str:
    value: str = request.path_params[parameter]
    if not pattern.fullmatch(value):
        raise NotFound(
            f"there is no such {noun}", expected=f"an id like {pattern.pattern}", found=repr(value[:80])
        )
    return value


def _bot(request: Request) -> str:
    return _id(request, "botId", "bot")


def _strategy(request: Request) -> str:
    return _id(request, "strategyId", "strategy")


def _run(request: Request) -> str:
    return _id(request, "runId", "run", _RUN_ID)


def _workflow(request: Request) -> str:
    return _id(request, "workflowId", "workflow")


def _most(name: str) -> int:
    return next(route.most_body for route in ROUTES if route.name == name)


def _limit(request: Request) -> str:
    return _id(request, "limitId", "limit", _LIMIT_ID)
