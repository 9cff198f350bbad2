"""Contract of small documents with compare-and-set, in memory, Redis and Postgres."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from argosy.core.ports import Documents
from argosy.errors import Conflict
from argosy.infrastructure.state.database_documents import DatabaseDocuments
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.infrastructure.state.redis_documents import RedisDocuments
from argosy.infrastructure.storage.engine.database import Database


@pytest.fixture(params=["memory", "redis", "postgres"])
def documents(request: pytest.FixtureRequest) -> Iterator[Documents]:
    if request.param == "memory":
        yield MemoryDocuments()
    elif request.param == "redis":
        yield RedisDocuments(request.getfixturevalue("redis_url"))
    else:
        database = Database(request.getfixturevalue("database_url"))
        yield DatabaseDocuments(database)
        database.close()


def test_put_and_get_with_versions(documents: Documents) -> None:
    assert documents.get("space", "k") is None
    assert documents.put("space", "k", {"a": [1, "ü", None]}) == 1
    assert documents.put("space", "k", 2) == 2
    found = documents.get("space", "k")
    assert found is not None
    assert (found.value, found.version) == (2, 2)


def test_compare_and_set(documents: Documents) -> None:
    assert documents.put("space", "k", 1, expected=0) == 1
    with pytest.raises(Conflict):
        documents.put("space", "k", 2, expected=0)
    with pytest.raises(Conflict):
        documents.put("space", "k", 2, expected=7)
    assert documents.put("space", "k", 2, expected=1) == 2


def test_nobody_shares_a_value(documents: Documents) -> None:
    value = {"list": [1]}
    documents.put("space", "k", value)
    value["list"].append(2)
    documents.get("space", "k").value["list"].append(3)  # type: ignore[union-attr]
    assert documents.get("space", "k").value == {"list": [1]}  # type: ignore[union-attr]


def test_updates_by_many_at_once_lose_nothing(documents: Documents) -> None:
    def add() -> None:
        for _ in range(25):
            documents.update("space", "n", lambda n: (n or 0) + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert documents.get("space", "n").value == 100  # type: ignore[union-attr]


def test_delete_and_keys(documents: Documents) -> None:
    for key in ("b", "a", "c*"):
        documents.put("sp[ace", key, 1)
    documents.put("other", "x", 1)
    assert documents.keys("sp[ace") == ["a", "b", "c*"]
    assert documents.delete("sp[ace", "a")
    assert not documents.delete("sp[ace", "a")
    assert documents.keys("sp[ace") == ["b", "c*"]


@pytest.fixture
def forgetful_url(redis_url: str) -> Iterator[str]:
    """URL of a proxy to Redis that forwards the first write and loses its answer."""
    parts = urlsplit(redis_url)
    listener = socket.create_server(("127.0.0.1", 0))
    lost = threading.Event()

    def serve(near: socket.socket) -> None:
        with near, socket.create_connection((parts.hostname, parts.port)) as far:
            while request := near.recv(65_536):
                far.sendall(request)
                answer = far.recv(65_536)
                if b"EVAL" in request and not lost.is_set():
                    lost.set()
                    return
                near.sendall(answer)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=serve, args=(near,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"redis://127.0.0.1:{listener.getsockname()[1]}{parts.path}"
    assert lost.is_set()
    listener.close()


def test_a_write_whose_answer_was_lost_is_done_once(forgetful_url: str) -> None:
    documents = RedisDocuments(forgetful_url)
    assert documents.update("space", "count", lambda count: (count or 0) + 1) == 1
    found = documents.get("space", "count")
    assert found is not None
    assert (found.value, found.version) == (1, 1)
