"""Replies to unknown paths, in the form of each exchange."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from argosy.venuekit.sandbox.reply import Json
from argosy.venuekit.sandbox.unknown_paths import any_path, path_below


def binance() -> Route:
    return any_path(
        lambda request: Json(
            {"code": -5000, "msg": f"Path {path_below(request)}, Method {request.method} is invalid"}, 404
        )
    )


def kraken() -> Route:
    """Answer 200 with an error, as Kraken does.

    Private paths fail as they do without a key.
    """

    def answer(request: Request) -> Json:
        private = path_below(request).startswith("/0/private/")
        return Json({"error": ["EAPI:Invalid key" if private else "EGeneral:Unknown method"]})

    return any_path(answer)


def coinbase() -> Route:
    """Answer 404, or 401 for paths of orders and accounts.

    These need a key, and the sandbox issues none.
    """

    def answer(request: Request) -> Json:
        if any(
            part in path_below(request)
            for part in ("/orders", "/accounts", "/transaction_summary", "/best_bid_ask")
        ):
            return Json({"error": "unauthorized", "error_details": "", "message": "Unauthorized"}, 401)
        return Json({"error": "NOT_FOUND", "error_details": "not found", "message": "not found"}, 404)

    return any_path(answer)
