"""Every adapter and paper venue passes the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina
from benches import (
    CcxtBench,
    ExchangeBench,
    PaperBench,
    PolymarketBench,
    ProviderBench,
    SpotPaperBench,
)
from conftest import BINANCE_SYMBOL
from loopback import Answers
from support.old_exchange import ListingExchange, ModernExchange, OldExchange

from argosy.testing import AccountContract, VenueBench, VenueContract


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


class TestExchange(VenueContract):
    @pytest.fixture
    def bench(self, exchanges: Answers) -> VenueBench:
        return ExchangeBench(exchanges, BINANCE_SYMBOL)


class TestCcxtObject(VenueContract):
    @pytest.fixture
    def bench(self, exchanges: Answers) -> VenueBench:
        return CcxtBench(exchanges, BINANCE_SYMBOL)


class TestPolymarket(VenueContract):
    @pytest.fixture
    def bench(self) -> VenueBench:
        return PolymarketBench()


PROVIDERS: dict[str, Callable[[], Any]] = {
    "finds by client id": lambda: ProviderBench(ModernExchange),
    "finds by terms": lambda: ProviderBench(ListingExchange),
    "lists no orders": lambda: ProviderBench(OldExchange),
    "asynchronous": lambda: ProviderBench(OldExchange, loop=True),
}


class TestProvider(VenueContract):
    @pytest.fixture(params=PROVIDERS)
    def bench(self, request: pytest.FixtureRequest) -> Iterator[VenueBench]:
        made = PROVIDERS[request.param]()
        yield made
        made.close()


class TestPaper(AccountContract):
    @pytest.fixture
    def bench(self) -> VenueBench:
        return PaperBench()


class TestSpotPaper(AccountContract):
    @pytest.fixture
    def bench(self) -> Iterator[VenueBench]:
        made = SpotPaperBench()
        yield made
        made.close()
