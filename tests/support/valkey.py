"""Real Valkey with options of one test, beside the session's."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.servers.valkey import valkey_binary


@dataclass(frozen=True)
class OwnValkey:
    """Running server: its port on 127.0.0.1 and its socket."""

    port: int
    socket: Path
    folder: Path


@contextmanager
def own_valkey(*options: str) -> Iterator[OwnValkey]:
    """Run a server with these options (`"--name", "value"`) until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="own valkey "))  # with a space, as in a home folder on macOS
    made = OwnValkey(free_port("127.0.0.1"), folder / "v.sock", folder)
    argv = [
        str(valkey_binary()), "--port", str(made.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "",
        "--maxmemory-policy", "noeviction", "--unixsocket", str(made.socket), *options,
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT)
    try:
        ends = time.monotonic() + 20
        while not _accepts(made.port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < ends, (folder / "log").read_text()
            time.sleep(0.02)
        yield made
    finally:
        process.kill()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False
