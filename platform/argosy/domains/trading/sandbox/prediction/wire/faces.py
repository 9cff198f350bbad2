"""Routes of each module: the servers of its venues, under their paths."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from argosy.domains.trading.sandbox.exchange.wire import (
    binance,
    binance_account,
    binance_stream,
    coinbase,
    kraken,
    unknown,
)
from argosy.domains.trading.sandbox.prediction.wire import clob, clob_markets, data, gamma, socket, trading


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


def exchanges() -> Sequence[BaseRoute]:
    return [
        Mount(
            "/binance",
            routes=[
                *binance.routes(),
                *binance_account.routes(),
                *binance_stream.routes(),
                unknown.binance(),
            ],
        ),
        Mount("/coinbase", routes=[*coinbase.routes(), unknown.coinbase()]),
        Mount("/kraken", routes=[*kraken.routes(), unknown.kraken()]),
    ]
