"""Routes of the module: the servers of the prediction market."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from argosy.domains.trading.sandbox.prediction.wire import (
    clob,
    clob_markets,
    data,
    gamma,
    socket,
    trading,
    unknown,
)


def polymarket() -> Sequence[BaseRoute]:
    return [
        Mount("/polymarket/gamma", routes=[*gamma.routes(), unknown.gamma()]),
        Mount(
            "/polymarket/clob",
            routes=[*clob.routes(), *clob_markets.routes(), *trading.routes(), unknown.polymarket()],
        ),
        Mount("/polymarket/data", routes=[*data.routes(), unknown.polymarket()]),
        Mount("/polymarket/ws", routes=socket.routes()),
    ]
