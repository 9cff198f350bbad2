"""`python -m MODULE …` without a second of imports.

The process is forked from a process of the session that has imported the modules already (a nursery).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support import nursery

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"
_nurseries: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []
_one_at_a_time = threading.Lock()


class PythonModule(subprocess.Popen[Any]):
    """Process that runs a module; it is a child like any other (wait, signal, end)."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path = ROOT,
        start_new_session: bool = False,
        held: tuple[str, ...] = nursery.WORKERS,
        **more: Any,
    ) -> None:
        """Start `python -m module`.

        `held` are the modules that are imported once, for all processes that name the same ones.
        """
        self._held = held
        self._told: dict[str, Any] = {
            "module": module,
            "arguments": list(arguments),
            "env": dict(env),
            "cwd": str(cwd),
            "session": start_new_session,
        }
        super().__init__(
            [sys.executable, "-m", module, *arguments],
            env=dict(env),
            cwd=cwd,
            start_new_session=start_new_session,
            **more,
        )

    def _execute_child(self, *given: Any) -> None:
        if not _LINUX:
            super()._execute_child(*given)  # type: ignore[misc]
            return
        # The order of 3.11 and later: …, both ends of stdin, of stdout, of stderr, …
        pipes = given[10:16]
        reads, writes, errs = pipes[0], pipes[3], pipes[5]
        streams = [own if fd == -1 else fd for own, fd in enumerate((reads, writes, errs))]
        try:
            given_once = tuple(self._told["env"].get(name) for name in nursery.READ_WHILE_IMPORTED)
            self.pid = _fork(_nursery(self._held, given_once), self._told, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def _fork(channel: socket.socket, told: Mapping[str, Any], streams: list[int]) -> int:
    words = json.dumps(told).encode()
    with _one_at_a_time, _adopting():
        socket.send_fds(channel, [nursery.SIZE.pack(len(words))], streams)
        channel.sendall(words)
        answer = channel.recv(nursery.SIZE.size)
    assert answer, "the process that forks others has ended"
    return int(nursery.SIZE.unpack(answer)[0])


@functools.cache
def _nursery(held: tuple[str, ...], given_once: tuple[str | None, ...]) -> socket.socket:
    own, its = socket.socketpair()
    once = dict(zip(nursery.READ_WHILE_IMPORTED, given_once, strict=True))
    with its:
        made = subprocess.Popen(
            [sys.executable, nursery.__file__, str(its.fileno()), *held],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder),
                **{name: value for name, value in once.items() if value is not None},
            },
            stdin=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
        )
    _nurseries.append((own, made))
    return own


def end_nurseries() -> None:
    """End all nurseries at the end of the session.

    A nursery whose session is killed sees its channel close, and ends by itself.
    """
    for channel, made in _nurseries:
        channel.close()
        made.wait(10)
    _nurseries.clear()
    _nursery.cache_clear()


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Adopt orphaned processes inside the block only.

    Orphans of other tests must not become children of this process.
    """
    library = ctypes.CDLL(None)
    assert library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        library.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
