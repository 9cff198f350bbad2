"""Routes of the module: the servers of the exchanges."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount

from argosy.domains.trading.sandbox.exchange.wire import (
    binance,
    binance_account,
    binance_stream,
    coinbase,
    coinbase_stream,
    kraken,
    kraken_stream,
    unknown,
)


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
        *coinbase_stream.routes(),
        Mount("/coinbase", routes=[*coinbase.routes(), unknown.coinbase()]),
        Mount("/kraken", routes=[*kraken.routes(), *kraken_stream.routes(), unknown.kraken()]),
    ]
