"""Workers on a Valkey that is reached by a socket, by TLS, with passwords that a URL must quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from support.engine import compiled, document, engine
from support.tls import authority, tls_front
from support.valkey import own_valkey

from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.overview import RedisOverview

pytestmark = pytest.mark.integration

PASSWORD = "p@ss/w#d%;?:&+ ü"


@pytest.fixture(params=["unix", "tls"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Database 3 of a server with a password."""
    with own_valkey("--requirepass", PASSWORD) as server:
        who = f":{quote(PASSWORD, safe='')}@"
        if request.param == "unix":
            yield f"unix://{who}{quote(str(server.socket))}?db=3"
            return
        made = authority(tmp_path / "certificates")
        with tls_front(server.port, made) as port:
            yield f"rediss://{who}127.0.0.1:{port}/3?ssl_ca_certs={quote(str(made.ca))}"


def test_a_worker_runs_what_a_client_asked_for(url: str, database_url: str, tmp_path: Path) -> None:
    with engine(url, database_url, tmp_path) as stack:
        worker = stack.start()
        snapshot = stack.wait(stack.launch(compiled(document([("a", "b"), ("b", "c")]))))
        assert (snapshot.status, snapshot.counts["success"]) == ("success", 3)
        overview = RedisOverview(url)
        assert [sign.pid for sign in overview.workers()] == [worker.process.pid]
        client = connections.client(url)
        assert client.connection_pool.connection_kwargs["db"] == 3
        assert client.smembers("_kombu.binding.argosy.control")  # the broker is in the same database
        assert quote(PASSWORD, safe="") not in worker.tail()
        assert PASSWORD not in worker.tail()


def test_a_server_whose_certificate_is_not_trusted_is_no_server(tmp_path: Path) -> None:
    mine, theirs = authority(tmp_path / "mine"), authority(tmp_path / "theirs")
    elsewhere = authority(tmp_path / "elsewhere", address="127.0.0.2")
    with own_valkey() as server:
        with tls_front(server.port, theirs) as port:
            for options in ("", f"?ssl_ca_certs={quote(str(mine.ca))}"):
                with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                    connections.probe_client(f"rediss://127.0.0.1:{port}/0{options}").ping()
            with pytest.raises(Unavailable, match="certificate verify failed"):
                RedisOverview(f"rediss://127.0.0.1:{port}/0").ping()
            assert connections.probe_client(f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none").ping()
        with tls_front(server.port, elsewhere) as port:
            trusting = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={quote(str(elsewhere.ca))}"
            with pytest.raises(redis.ConnectionError, match="IP address mismatch"):
                connections.probe_client(trusting).ping()
