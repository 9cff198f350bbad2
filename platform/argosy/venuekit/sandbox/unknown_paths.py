"""Route for all paths that a server does not have."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def any_path(answer: Callable[[Request], Response]) -> Route:
    """Return a route that answers every path and method; it stands last."""

    async def answered(request: Request) -> Response:
        return answer(request)

    return Route("/{path:path}", answered, methods=_METHODS)


def path_below(request: Request) -> str:
    """Return the path of a request below its server's own prefix."""
    return str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))
