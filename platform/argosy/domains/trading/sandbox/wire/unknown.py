"""Paths that a venue does not know, answered in its own form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.sandbox.wire.reply import Json

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def polymarket() -> Route:
    return _route(lambda request: Json({"error": "Not Found"}, 404))


def gamma() -> Route:
    return _route(lambda request: Json({"type": "not found error", "error": "not found"}, 404))


def binance() -> Route:
    return _route(
        lambda request: Json(
            {"code": -5000, "msg": f"Path {_path(request)}, Method {request.method} is invalid"}, 404
        )
    )


def kraken() -> Route:
    """Kraken says 200 with an error; what needs a key fails as it does without one."""

    def answer(request: Request) -> Json:
        private = _path(request).startswith("/0/private/")
        return Json({"error": ["EAPI:Invalid key" if private else "EGeneral:Unknown method"]})

    return _route(answer)


def coinbase() -> Route:
    """Orders and accounts need a key, and the sandbox gives none out."""

    def answer(request: Request) -> Json:
        if any(
            part in _path(request)
            for part in ("/orders", "/accounts", "/transaction_summary", "/best_bid_ask")
        ):
            return Json({"error": "unauthorized", "error_details": "", "message": "Unauthorized"}, 401)
        return Json({"error": "NOT_FOUND", "error_details": "not found", "message": "not found"}, 404)

    return _route(answer)


def _route(answer: Callable[[Request], Json]) -> Route:
    async def answered(request: Request) -> Any:
        return answer(request)

    return Route("/{path:path}", answered, methods=_METHODS)


def _path(request: Request) -> str:
    return str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))
