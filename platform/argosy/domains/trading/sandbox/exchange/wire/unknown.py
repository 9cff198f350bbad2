"""Replies to unknown paths, in the form of each venue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.venuekit.sandbox.reply import Json

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
    """Answer 200 with an error, as Kraken does.

    Private paths fail as they do without a key.
    """

    def answer(request: Request) -> Json:
        private = _path(request).startswith("/0/private/")
        return Json({"error": ["EAPI:Invalid key" if private else "EGeneral:Unknown method"]})

    return _route(answer)


def coinbase() -> Route:
    """Answer 404, or 401 for paths of orders and accounts.

    These need a key, and the sandbox issues none.
    """

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
