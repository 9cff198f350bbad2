"""Control endpoints that every sandbox has, whatever its modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.requests import HTTPConnection, Request
from starlette.routing import Route

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.core.strict_json import check_json
from argosy.errors import InvalidInput, NotFound
from argosy.venuekit.sandbox.faults import Fault
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.module import SandboxModule, VenueRecord
from argosy.venuekit.sandbox.reply import Json, error, iso
from argosy.venuekit.sandbox.span import Span

Row = TypeVar("Row")
Handler = Callable[[Request], Awaitable[Json]]


def routes() -> list[Route]:
    return [
        Route("/state", answer_errors(_state)),
        Route("/clock", _clock),
        Route("/modules", _modules),
        Route("/modules/{name}/pause", answer_errors(_pause), methods=["POST"]),
        Route("/modules/{name}/resume", answer_errors(_resume), methods=["POST"]),
        Route("/faults", _faults),
        Route("/faults", answer_errors(_add_fault), methods=["POST"]),
        Route("/faults", _clear_faults, methods=["DELETE"]),
        Route("/faults/{id}", _remove_fault, methods=["DELETE"]),
        Route("/record", answer_errors(_record)),
        Route("/accounts", answer_errors(_accounts)),
        Route("/accounts/{name}", answer_errors(_account)),
        Route("/accounts/{name}/deposit", answer_errors(_deposit), methods=["POST"]),
    ]


def host_of(connection: HTTPConnection) -> SandboxHost:
    """Return the host that serves a request or a WebSocket."""
    host: SandboxHost = connection.app.state.host
    return host


def answer_errors(handler: Handler) -> Handler:
    """Return a handler that answers 404 for NotFound, and 422 for InvalidInput and a wrong body."""

    @wraps(handler)
    async def answered(request: Request) -> Json:
        try:
            return await handler(request)
        except NotFound as problem:
            return error(str(problem), 404)
        except InvalidInput as problem:
            return error(str(problem), 422)
        except ValidationError as problem:
            return error("; ".join(_problems_of(problem)), 422)

    return answered


async def _state(request: Request) -> Json:
    host = host_of(request)
    now_ms = host.now_ms()
    return Json(
        {
            **_named(request).state(),
            "mode": host.mode,
            "seed": host.seed,
            "now": now_ms,
            "time": iso(now_ms),
            "speed": host.clock.speed,
            "notes": host.notes,
            "faults": len(host.faults.rows()),
            "modules": _module_objects(host),
        }
    )


async def _clock(request: Request) -> Json:
    host = host_of(request)
    return Json({"now": host.now_ms(), "speed": host.clock.speed, "wall": host.wall.now_ms()})


async def _modules(request: Request) -> Json:
    return Json({"items": _module_objects(host_of(request))})


async def _pause(request: Request) -> Json:
    host = host_of(request)
    host.pause(request.path_params["name"])
    return Json({"items": _module_objects(host)})


async def _resume(request: Request) -> Json:
    host = host_of(request)
    host.resume(request.path_params["name"])
    return Json({"items": _module_objects(host)})


async def _faults(request: Request) -> Json:
    return Json({"items": host_of(request).faults.rows()})


async def _add_fault(request: Request) -> Json:
    body = await request.body()
    check_json(body)
    return Json(host_of(request).add_fault(Fault.model_validate_json(body)).to_wire(), 201)


async def _clear_faults(request: Request) -> Json:
    host_of(request).faults.clear()
    return Json({"items": []})


async def _remove_fault(request: Request) -> Json:
    removed = host_of(request).faults.remove(request.path_params["id"])
    return Json({"removed": True}) if removed else error("no such fault", 404)


async def _record(request: Request) -> Json:
    """Return the record of one account at the venues of all modules, or of one, in pages."""
    account = request.query_params.get("account", "").lower()
    if not account:
        return error("expected ?account=, the account's name", 422)
    host = host_of(request)
    modules = [_named(request)] if "module" in request.query_params else host.modules
    return Json(record_page(modules, account, Span.of(request), host.now_ms()))


async def _accounts(request: Request) -> Json:
    module = _named(request)
    return page(request, module.accounts(), lambda name: dict(module.account(name) or {}), **module.totals())


async def _account(request: Request) -> Json:
    found = _named(request).account(request.path_params["name"].lower())
    return error("no such account", 404) if found is None else Json(found)


async def _deposit(request: Request) -> Json:
    name, body = request.path_params["name"].lower(), await request.body()
    amount, asset = amount_of(body, "amount"), object_of(body).get("asset")
    if amount is None or not isinstance(asset, str | None):
        return error('expected {"amount": "above 0, at most six decimals"}, and "asset" where needed', 422)
    module = _named(request)
    module.deposit(name, amount, asset)
    return Json(module.account(name))


def record_page(
    modules: Iterable[SandboxModule], account: str, span: Span, now_ms: int | None
) -> dict[str, Any]:
    """Return one page of an account's record by venue.

    Every list is cut to the span. `next` is the cursor of the following rows of any list, None at the end.
    """
    venues: dict[str, Any] = {}
    more = False
    for module in modules:
        for venue, record in module.record(account).items():
            venues[venue], follows = _cut(record, span)
            more |= follows
    return {"account": account, "now": now_ms, **venues, "next": span.following if more else None}


def page(request: Request, rows: Iterable[Row], build: Callable[[Row], dict[str, Any]], **more: Any) -> Json:
    """Return the rows that a request asks for, and the cursor of the next ones.

    Raises InvalidInput for a wrong cursor or limit.
    """
    return Json({**Span.of(request).page(rows, build), **more})


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; an empty one if there is none."""
    try:
        check_json(body)
        found = load_exact(body)
    except (InvalidInput, UnreadableJson):
        return {}
    return found if isinstance(found, dict) else {}


def amount_of(body: bytes, name: str) -> Decimal | None:
    """Return the amount in a body: above 0, with at most six decimals; else None."""
    try:
        found = Decimal(str(object_of(body).get(name)))
    except InvalidOperation:
        return None
    exponent = found.as_tuple().exponent
    return (
        found
        if found.is_finite() and 0 < found < 10**9 and isinstance(exponent, int) and exponent >= -6
        else None
    )


def _named(request: Request) -> SandboxModule:
    """Return the module that `?module=` names; without it the first one. Raises NotFound."""
    return host_of(request).module(request.query_params.get("module"))


def _cut(record: VenueRecord, span: Span) -> tuple[dict[str, Any], bool]:
    cut = {name: span.cut(rows) for name, rows in record.lists.items()}
    lists = {name: rows for name, (rows, _) in cut.items()}
    return {**lists, **record.values}, any(follows for _, follows in cut.values())


def _module_objects(host: SandboxHost) -> list[dict[str, Any]]:
    return [
        {
            "name": module.name,
            "prefixes": list(module.prefixes),
            "faults": sorted(module.faults),
            "paused": module.name in host.paused,
            "failure": host.failures.get(module.name),
        }
        for module in host.modules
    ]


def _problems_of(problem: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}"
        for one in problem.errors(include_url=False, include_input=False, include_context=False)
    ]
