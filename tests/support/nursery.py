"""Script that forks Python processes for tests, so that common imports run once a session.

`support.forked` runs it. It imports only modules that read none of our settings while they are imported, and
it runs no thread. Each process then runs its module as `python -m` does, with its own arguments, environment,
folder and output.
"""

from __future__ import annotations

import array
import gc
import json
import os
import runpy
import socket
import struct
import sys
import threading
import time
from importlib import import_module
from typing import Any

WORKERS = (
    "argosy.bootstrap.dispatch",
    "argosy.bootstrap.runtime",
    "argosy.bootstrap.types",
    "argosy.graph.canvas",
    "argosy.graph.nodes",
    "argosy.graph.validation",
    "argosy.infrastructure.actions.database",
    "argosy.infrastructure.state.database_documents",
    "celery.backends.redis",
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.concurrency.thread",
    "celery.fixups.django",
    "celery.worker.consumer",
    "kombu.transport.redis",
    "psycopg_pool",
    "sqlalchemy.dialects.postgresql.psycopg",
)
"""Modules that all processes of the Celery application import before their own."""
READ_WHILE_IMPORTED = ("REMAP_SIGTERM",)
"""Variables that Celery reads only once.

One nursery therefore serves only processes with the same values.
"""
SIZE = struct.Struct("!I")


def serve(channel: socket.socket) -> dict[str, Any]:
    """Fork a process for each request, and return the request in the new process.

    The nursery itself ends with the session's process.
    """
    while True:
        size, fds, _, _ = socket.recv_fds(channel, SIZE.size, 3)
        if not size:
            os._exit(0)
        told = json.loads(received(channel, SIZE.unpack(size)[0]))
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            # This process ends at once. The session's process then adopts its child and can wait for it.
            own = os.getpid()
            child = os.fork()
            if child:
                os.write(writing, SIZE.pack(child))
                os._exit(0)
            while os.getppid() == own:
                time.sleep(0.0005)
            for fd in (reading, writing, channel.detach()):
                os.close(fd)
            become(told, fds)
            return dict(told)
        os.waitpid(between, 0)
        channel.sendall(os.read(reading, SIZE.size))
        for fd in (reading, writing, *fds):
            os.close(fd)


def received(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        parts += channel.recv(size - len(parts))
    return bytes(parts)


def become(told: dict[str, Any], fds: array.array[int] | list[int]) -> None:
    """Set the session, folder, environment and standard streams of the new process."""
    if told["session"]:
        os.setsid()
    os.chdir(told["cwd"])
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    for fd in fds:
        if fd > 2:
            os.close(fd)
    os.environ.clear()
    os.environ.update(told["env"])
    given = [folder for folder in told["env"].get("PYTHONPATH", "").split(os.pathsep) if folder]
    sys.path[:] = list(dict.fromkeys([told["cwd"], *given, *sys.path[1:]]))
    sys.argv[1:] = told["arguments"]


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:
        import_module(name)
    assert threading.active_count() == 1, f"a process with threads is not forked: {threading.enumerate()}"
    gc.freeze()
    told = serve(channel)
    sys.modules.pop(told["module"], None)  # the module may be loaded for the sake of its imports
    runpy.run_module(told["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
