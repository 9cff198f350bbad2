"""Random graphs on real workers of every pool at once, with deliveries doubled while they wait in the queue."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support.engine import Engine, compiled, document, engine
from support.graphs import Graph, dags

from argosy.infrastructure import redis as connections
from argosy.infrastructure.servers import EmbeddedServers

pytestmark = pytest.mark.integration

POOLS = ("solo", "threads", "prefork")


@pytest.fixture(scope="module")
def crowd(
    servers: EmbeddedServers, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("crowd")
    url = servers.valkey.url
    connections.client(url).flushdb()
    with engine(url, module_database_url, folder) as made:
        for pool in POOLS:
            made.start(pool)
        yield made


@pytest.fixture(scope="module")
def doubler(crowd: Engine) -> Iterator[None]:
    """Copies waiting messages back into the queue, under tags of their own."""
    stop = threading.Event()
    chance = random.Random(7)

    def double() -> None:
        client = connections.client(crowd.runtime.endpoints.redis_url)
        copies = 0
        while not stop.wait(0.003):
            for raw in client.lrange("argosy.quick", 0, 4):
                if b'"delivery_tag":"copy' not in raw and chance.random() < 0.5:
                    copies += 1
                    client.lpush(
                        "argosy.quick", raw.replace(b'"delivery_tag":"', b'"delivery_tag":"copy%d.' % copies)
                    )

    thread = threading.Thread(target=double, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


@given(graph=dags(60))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_node_once_after_its_predecessors(crowd: Engine, doubler: None, graph: Graph) -> None:
    keys = list(graph)
    edges = [(a, b) for b in keys for a in graph[b]]
    run_id = crowd.launch(compiled(document(edges, nodes={key: {} for key in keys})))
    snapshot = crowd.wait(run_id)
    assert snapshot.status == "success"
    trace = crowd.trace(run_id)
    counts = Counter(key for key, word, *_ in trace if word == "end")
    assert counts == dict.fromkeys(keys, 1)
    order = {(key, word): i for i, (key, word, *_) in enumerate(trace)}
    for a, b in edges:
        assert order[a, "end"] < order[b, "start"], (a, b)
