"""Records that an earlier version stored are read, and their actions are not sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from benches import EPOCH, PolymarketBench, ProviderBench
from support.clob import NOW

from argosy.core.actions.action import ActionStatus
from argosy.core.clock import to_ms
from argosy.domains.trading.venues.exchange.sent import SentExchangeOrders
from argosy.errors import NeverSent
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.adapter.order_records import SentCancellation
from argosy.venuekit.testing.contract import execute, withdraw


def test_a_cancellation_at_polymarket_that_was_stored_as_a_hash() -> None:
    bench = PolymarketBench()
    venue, order = bench.connect(), bench.new_order()
    venue.execute(order)
    cancellation = bench.new_cancellation(order)
    bench.documents.put("polymarket.cancels", cancellation.client_id, bench.side.hash)
    assert venue.query_action(cancellation.client_id) is None
    assert not withdraw(venue, cancellation)
    bench.side.open = []
    assert venue.execute(cancellation).status is ActionStatus.FILLED
    assert bench.script.cancelled == 0


def test_a_cancellation_at_polymarket_that_was_withdrawn() -> None:
    bench = PolymarketBench()
    venue, order = bench.connect(), bench.new_order()
    venue.execute(order)
    cancellation = bench.new_cancellation(order)
    bench.documents.put("polymarket.cancels", cancellation.client_id, {"withdrawn": True})
    assert execute(venue, cancellation).code == NeverSent.code
    assert bench.script.cancelled == 0


@pytest.mark.parametrize("cancels", [False, True])
def test_a_record_of_a_provider_with_a_note(cancels: bool) -> None:
    bench = ProviderBench()
    venue, order = bench.connect(), bench.new_order()
    venue.execute(order)
    cancellation = bench.new_cancellation(order)
    note: dict[str, Any] = {
        "clientId": cancellation.client_id,
        "symbol": "BTC/USDT",
        "side": "buy",
        "quantity": "1",
        "price": "50",
        "timeInForce": "GTC",
        "sentAt": (EPOCH - timedelta(minutes=2)).isoformat(),
        "orderId": None,
        "cancels": order.client_id if cancels else None,
    }
    bench.documents.put("legacy:old:default", f"order:{cancellation.client_id}", {"note": note})
    found = venue.query_action(cancellation.client_id)
    # A cancellation whose order still works ends after a minute; the venue does not know an order of this id.
    assert (found is not None) is cancels
    if found is not None:
        assert found.status is ActionStatus.REJECTED
        assert venue.execute(cancellation) == found
    assert (bench.script is None or bench.script.cancelled) == 0


def test_a_cancellation_at_an_exchange_with_the_fields_of_an_order() -> None:
    documents = MemoryDocuments()
    records = SentExchangeOrders(documents, "binance", "a")
    row = {"symbol": "BTC/USDT", "sentAt": to_ms(NOW), "side": "buy", "quantity": "0", "cancels": "c1"}
    documents.put(
        records.namespace, "order:c2", {**row, "timeInForce": "GTC", "venueId": None, "result": None}
    )
    assert records.get("c2") == SentCancellation(cancels="c1", sent_at=NOW)
    assert records.order("c2") is None
