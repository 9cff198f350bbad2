"""Each worker's own way to Redis, Postgres and the venue, through a proxy that can cut it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from chaos import start
from chaos.proxy import Upstream

SERVICES = ("redis", "postgres", "venue")
"""Services from which a worker can be cut off."""


def upstreams(workers: Iterable[str], settings: Settings, endpoints: Endpoints) -> dict[str, Upstream]:
    """Return the target of each way, by the way's name."""
    redis_url, database = urlsplit(endpoints.redis_url), urlsplit(endpoints.database_url)
    sockets = parse_qs(database.query).get("host", [""])[0]
    each = {
        "redis": Upstream(host=redis_url.hostname, port=redis_url.port or 6379)
        if redis_url.hostname
        else Upstream(path=unquote(redis_url.path)),
        "postgres": Upstream(path=f"{sockets}/.s.PGSQL.5432"),
        "venue": Upstream(host=settings.sandbox.host, port=settings.sandbox.port),
    }
    return {name_of(worker, service): up for worker in workers for service, up in each.items()}


def environment(worker: str, ports: Mapping[str, int], endpoints: Endpoints) -> dict[str, str]:
    """Return the environment that sends the worker along its own ways."""
    at = {service: f"127.0.0.1:{ports[name_of(worker, service)]}" for service in SERVICES}
    redis_url, database = urlsplit(endpoints.redis_url), urlsplit(endpoints.database_url)
    who = redis_url.netloc.rpartition("@")[0]
    user = database.netloc.rpartition("@")[0]
    number = redis_url.path if redis_url.hostname else f"/{parse_qs(redis_url.query).get('db', ['0'])[0]}"
    return {
        "ARGOSY_REDIS_URL": f"redis://{who and who + '@'}{at['redis']}{number}",
        "ARGOSY_DATABASE_URL": f"{database.scheme}://{user}@{at['postgres']}{database.path}",
        start.VENUE: f"http://{at['venue']}",
    }


def name_of(worker: str, service: str) -> str:
    return f"{worker}/{service}"
