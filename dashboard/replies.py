"""Replies and errors in the one JSON form of the API."""

from __future__ import annotations

import json
from typing import Any

from loguru import logger
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from argosy.core.clock import SystemClock
from argosy.errors import ArgosyError, Forbidden

JSON = "application/json"
TIME_HEADER = "x-argosy-time"
"""Header with the server's time in Unix ms: a browser's clock may be wrong."""


def reply(model: BaseModel, status: int = 200) -> Response:
    """Return the model as JSON, without caching: every reply is of this moment."""
    return Response(model.model_dump_json(by_alias=True), status, media_type=JSON, headers=_headers())


def error_reply(error: ArgosyError) -> Response:
    body = json.dumps({"error": error.as_dict()}, default=str, ensure_ascii=False)
    return Response(
        body.encode("utf-8", "replace"),
        error.http_status,
        media_type=JSON,
        headers=_headers(),
    )


def _headers() -> dict[str, str]:
    return {"cache-control": "no-store", TIME_HEADER: str(SystemClock().now_ms())}


def refusal(message: str, **fields: Any) -> Response:
    return error_reply(Forbidden(message, **fields))


class _HttpError(ArgosyError):
    """Error of the router, in the form of the API."""

    def __init__(self, status: int, code: str, message: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.http_status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]


async def on_argosy_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ArgosyError)
    if error.http_status >= 500:
        logger.warning("{} {} failed: {}", request.method, request.url.path, error)
    return error_reply(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        shaped = _HttpError(
            404, "not_found", "there is nothing here", found=what, remedy="see /api/v1/openapi.json"
        )
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        shaped = _HttpError(
            405, "method_not_allowed", "this path does not take this method", expected=allowed, found=what
        )
    else:
        shaped = _HttpError(error.status_code, "http_error", str(error.detail), found=what)
    response = error_reply(shaped)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def on_any_error(request: Request, error: Exception) -> Response:
    logger.opt(exception=error).error("{} {} failed", request.method, request.url.path)
    return error_reply(ArgosyError("something went wrong inside; the log has the details"))
