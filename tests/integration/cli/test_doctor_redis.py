"""The doctor on a Redis that answers and cannot be used, on real servers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from support.tls import authority, tls_front
from support.valkey import own_valkey

from argosy.cli.stack.checks.model import Check
from argosy.cli.stack.checks.redis import as_celery, redis_server
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.servers.sockets import free_port

pytestmark = pytest.mark.integration

DATABASE = "postgresql+psycopg://127.0.0.1:1/argosy"


def examine(url: str) -> dict[str, Check]:
    return {check.name: check for check in redis_server(Endpoints(url, DATABASE))}


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))


def test_a_good_server_is_ok_to_us_and_to_celery() -> None:
    with own_valkey("--appendonly", "yes") as server:
        found = examine(f"unix://{quote(str(server.socket))}?db=2")
        assert {check.status for check in found.values()} == {"ok"}, found
        assert found["redis by celery"].found == "broker, to consume, broker, to send, results"


def test_a_read_only_replica_fails() -> None:
    with own_valkey("--replicaof", f"127.0.0.1 {free_port()}", "--appendonly", "yes") as server:
        found = examine(f"redis://127.0.0.1:{server.port}/0")
        assert found["redis writes"].status == "fail"
        assert "read-only replica of 127.0.0.1" in found["redis writes"].found
        assert "primary" in found["redis writes"].remedy


def test_a_replica_that_takes_writes_fails() -> None:
    with own_valkey("--replicaof", f"127.0.0.1 {free_port()}", "--replica-read-only", "no") as server:
        found = examine(f"redis://127.0.0.1:{server.port}/0")
        assert found["redis writes"].status == "fail"
        assert "lost" in found["redis writes"].found


def test_a_full_server_fails_and_one_that_fills_warns() -> None:
    with own_valkey("--maxmemory", "1") as server:
        found = examine(f"redis://127.0.0.1:{server.port}/0")
        assert (found["redis writes"].status, found["redis memory"].status) == ("fail", "fail")
    with own_valkey("--maxmemory", "8mb") as server:
        from argosy.infrastructure.redis import probe_client

        client = probe_client(f"redis://127.0.0.1:{server.port}/0")
        limit = int(client.info()["used_memory"] * 1.15)
        client.config_set("maxmemory", limit)
        found = examine(f"redis://127.0.0.1:{server.port}/0")
        assert (found["redis writes"].status, found["redis memory"].status) == ("ok", "warn")


def test_eviction_and_cluster_mode_fail() -> None:
    with own_valkey("--maxmemory-policy", "allkeys-lru", "--cluster-enabled", "yes") as server:
        found = examine(f"redis://127.0.0.1:{server.port}/0")
        assert (found["redis eviction"].status, found["redis cluster"].status) == ("fail", "fail")


def test_a_user_who_may_not_write_fails() -> None:
    acl = "reader on >pw ~* &* +@all -set"
    with own_valkey("--user", *acl.split()) as server:
        found = examine(f"redis://reader:pw@127.0.0.1:{server.port}/0")
        assert found["redis writes"].status == "fail"
        assert "permissions" in found["redis writes"].found


def test_a_certificate_that_is_not_verified_is_a_warning(tmp_path: Path) -> None:
    made = authority(tmp_path / "certificates")
    with own_valkey() as server, tls_front(server.port, made) as port:
        assert "redis certificate" not in examine(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={made.ca}")
        found = examine(f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none")
        assert found["redis certificate"].status == "warn"
        assert examine(f"rediss://127.0.0.1:{port}/0")["redis"].status == "fail"


def test_what_celery_cannot_open_fails_by_itself() -> None:
    check = as_celery(Endpoints(f"redis://127.0.0.1:{free_port()}/0", DATABASE))
    assert check.status == "fail"
    for part in ("broker, to consume", "broker, to send", "results"):
        assert part in check.found
