"""Make this worker process's runtime after forking, with its `Keeper` thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from billiard.process import current_process
from celery.signals import (
    celeryd_after_setup,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
)
from loguru import logger

from argosy.bootstrap.runtime import Runtime, open_runtime
from argosy.core.event import Event
from argosy.graph.timeout import reset_after_fork
from argosy.infrastructure.logging import configure
from workers.keeper import Keeper
from workers.stall import StallGuard

_runtime: Runtime | None = None
_keeper: Keeper | None = None
_lock = threading.Lock()
_guard: StallGuard | None = None
_held: Callable[[], Iterable[str]] = tuple
_name = "worker"
_child = False
_forks = False


def runtime() -> Runtime:
    """Return the ports of this process; start its `Keeper` on first use."""
    global _runtime, _keeper, _guard
    if _runtime is None:
        with _lock:
            if _runtime is None:
                made = open_runtime()
                _keeper = Keeper(made, held=_held_now, name=_name)
                _keeper.beat()
                _keeper.start()
                if _child or not _forks:  # the guard's thread must not exist when a child is forked
                    _guard = StallGuard(lambda: _silence_s(made))
                    _guard.start()
                _runtime = made
    return _runtime


def _silence_s(ports: Runtime) -> float:
    """Return the longest allowed standstill of the interpreter in seconds.

    A child process may stand still for as long as a heavy node may compute.
    """
    silence_s = ports.settings.engine.silence_s
    return max(silence_s, ports.working.longest_limit_s()) if _child else silence_s


def _held_now() -> Iterable[str]:
    return _held()


def hold(held: Callable[[], Iterable[str]]) -> None:
    """Set the source of `Keeper` for delivery tags that are not acknowledged yet."""
    global _held
    _held = held


@setup_logging.connect
def _logging(**_: Any) -> None:
    from argosy.infrastructure.config import load_settings

    configure(load_settings(), process=_name)


@celeryd_after_setup.connect
def _named(sender: str, instance: Any, **_: Any) -> None:
    global _name, _forks
    _name = sender
    _forks = "prefork" in str(getattr(instance, "pool_cls", ""))


@worker_ready.connect
def _ready(sender: Any, **_: Any) -> None:
    ports = runtime()
    ports.executor  # noqa: B018 - build registry and venues now, not in the first node
    try:
        ports.restore_flags()
    except Exception as error:  # noqa: BLE001 - a worker without known states refuses side effects
        logger.warning("the emergency flags are restored later, nothing acts until then: {}", error)
    _announce("online", queues=sorted(sender.app.amqp.queues.consume_from))


@worker_shutdown.connect
def _down(**_: Any) -> None:
    _announce("offline")
    _stop()


@worker_process_init.connect
def _forked(**_: Any) -> None:
    global _runtime, _keeper, _guard, _held, _child
    reset_after_fork()
    _child = current_process().name != "MainProcess"
    _guard = None
    _runtime, _keeper, _held = None, None, tuple
    runtime()


@worker_process_shutdown.connect
def _child_down(**_: Any) -> None:
    _stop()


def _stop() -> None:
    for thread in (_keeper, _guard):
        if thread is not None:
            thread.stop()


def _announce(status: str, *, queues: Sequence[str] = ()) -> None:
    ports = runtime()
    ports.events.publish(
        Event(
            type="worker",
            timestamp=ports.clock.now_ms(),
            data={
                "name": _name,
                "status": status,
                "owner": ports.owner,
                "pid": os.getpid(),
                "queues": list(queues),
            },
        )
    )
