"""Checks of Redis: it answers every client, takes writes, and fits the engine's needs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from argosy.cli.stack.checks.clock import clock, read_clock
from argosy.cli.stack.checks.model import Check
from argosy.core.clock import SystemClock
from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure.redis_address import RedisAddress, parse_redis_url
from argosy.infrastructure.servers import Endpoints

OLDEST = (7, 0)
FULL = 0.8
"""Part of `maxmemory` from which the doctor warns."""

_ANSWER_S = 3.0
_CELERY_S = 30


def redis_server(endpoints: Endpoints) -> Iterator[Check]:
    """Yield every check; only the first one if Redis does not answer."""
    from argosy.infrastructure.redis import probe_client

    try:
        address = parse_redis_url(endpoints.redis_url)
        reach(address)
        client = probe_client(endpoints.redis_url, timeout_s=_ANSWER_S)
        info = client.info()
        reading = read_clock(SystemClock(), lambda: _time_of(client))
    except Exception as error:  # noqa: BLE001 - any error of the client gives the same check
        found = error.found if isinstance(error, ArgosyError) and error.found else str(error)
        yield Check("redis", "fail", f"does not answer: {found}", "start it, or correct ARGOSY_REDIS_URL")
        return
    yield version(info)
    yield writes(info, client)
    yield memory(info)
    yield from setup(info, address)
    yield clock("redis clock", reading)
    yield maintenance(endpoints.redis_url)
    yield as_celery(endpoints)


def _time_of(client: Any) -> datetime:
    seconds, micros = client.time()
    return datetime.fromtimestamp(seconds + micros / 1e6, tz=UTC)


def maintenance(url: str) -> Check:
    """Check for maintenance tasks of the platform that failed when they last ran."""
    from argosy.infrastructure.state.overview import RedisOverview

    try:
        failing = RedisOverview(url).failing()
    except Unavailable as error:
        return Check("maintenance", "skip", f"cannot be read: {error.found}", "mend the server first")
    if not failing:
        return Check("maintenance", "ok", "no task fails")
    found = "; ".join(
        f"{task} failed {count} times in a row: {error}" for task, (count, error) in sorted(failing.items())
    )
    return Check(
        "maintenance", "fail", found, "mend what the error names; it is cleared when the task succeeds"
    )


def reach(address: RedisAddress) -> None:
    """Connect once, so that an absent server is reported at once.

    Raises Unavailable.
    """
    try:
        if address.socket is not None:
            with closing(socket.socket(socket.AF_UNIX)) as connection:
                connection.settimeout(_ANSWER_S)
                connection.connect(address.socket)
        else:
            socket.create_connection((address.host, address.port), timeout=_ANSWER_S).close()
    except OSError as error:
        raise Unavailable("no connection", found=f"{address.place}: {error.strerror or error}") from None


def version(info: dict[str, Any]) -> Check:
    found = str(info.get("valkey_version") or info.get("redis_version"))
    kind = "Valkey" if "valkey_version" in info else "Redis"
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST:
        return Check(
            "redis", "fail", f"{kind} {found}", f"install version {'.'.join(map(str, OLDEST))} or newer"
        )
    return Check("redis", "ok", f"{kind} {found}")


def writes(info: dict[str, Any], client: Any) -> Check:
    """Write one key that expires after 1 ms: replicas, full servers and full disks refuse it."""
    name = "redis writes"
    try:
        client.set("argosy:doctor", "1", px=1)
    except Exception as error:  # noqa: BLE001 - the refusal is the finding
        refused = f"writes are refused: {error}"
        if info.get("role") == "slave":
            primary = f"{info.get('master_host')}:{info.get('master_port')}"
            return Check(
                name, "fail", f"a read-only replica of {primary}: {refused}",
                "set ARGOSY_REDIS_URL to the primary, or promote this one with REPLICAOF NO ONE",
            )  # fmt: skip
        return Check(name, "fail", refused, "free memory and disk space, or raise maxmemory; check its ACL")
    if info.get("role") == "slave":
        return Check(
            name, "fail", f"a replica of {info.get('master_host')} that takes writes: they are lost at its next sync",
            "set ARGOSY_REDIS_URL to the primary",
        )  # fmt: skip
    return Check(name, "ok", "one key written")


def memory(info: dict[str, Any]) -> Check:
    name = "redis memory"
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not limit:
        return Check(name, "ok", f"{_mib(used)} used, no maxmemory")
    found = f"{_mib(used)} of maxmemory {_mib(limit)} used"
    remedy = "raise maxmemory: a full Redis refuses writes, and no run starts or ends"
    if used >= limit:
        return Check(name, "fail", found, remedy)
    return Check(name, "warn", found, remedy) if used >= FULL * limit else Check(name, "ok", found)


def setup(info: dict[str, Any], address: RedisAddress) -> Iterator[Check]:
    policy = str(info.get("maxmemory_policy"))
    if policy != "noeviction":
        yield Check(
            "redis eviction", "fail", f"maxmemory-policy is {policy}: queued work and flags could vanish",
            "set `maxmemory-policy noeviction` in its configuration",
        )  # fmt: skip
    else:
        yield Check("redis eviction", "ok", policy)
    if info.get("cluster_enabled"):
        yield Check(
            "redis cluster", "fail", "cluster mode: one script touches keys of many slots",
            "use one primary without cluster mode",
        )  # fmt: skip
    if info.get("aof_enabled"):
        good = info.get("aof_last_write_status", "ok") == "ok"
        yield Check(
            "redis persistence", "ok" if good else "fail", "append-only file" if good else "the last write failed",
            "" if good else "free disk space for its data folder",
        )  # fmt: skip
    else:
        yield Check(
            "redis persistence", "warn", "no append-only file: queue and flags are lost with the process",
            "set `appendonly yes` in its configuration",
        )  # fmt: skip
    if address.tls and dict(address.tls_options).get("ssl_cert_reqs") == 0:
        yield Check(
            "redis certificate", "warn", "not verified: ssl_cert_reqs=none",
            "name the authority with ssl_ca_certs=/path/ca.pem, and leave ssl_cert_reqs out",
        )  # fmt: skip


def as_celery(endpoints: Endpoints) -> Check:
    """Open the broker and the results in a process that runs the workers' own code.

    The process uses the settings in force.
    """
    name = "redis by celery"
    remedy = "correct ARGOSY_REDIS_URL: workers, beat and Flower cannot use it as it is"
    env = {
        **os.environ,
        "ARGOSY_REDIS_URL": endpoints.redis_url,
        "ARGOSY_DATABASE_URL": endpoints.database_url,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "workers.connect"],
            env=env, capture_output=True, text=True, check=False, timeout=_CELERY_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Check(name, "fail", f"no answer within {_CELERY_S} s", remedy)
    try:
        found: dict[str, str | None] = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return Check(name, "fail", lines[-1], remedy)
    problems = [f"{where}: {problem}" for where, problem in found.items() if problem]
    if problems:
        return Check(name, "fail", "; ".join(problems), remedy)
    return Check(name, "ok", ", ".join(found))


def _mib(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
