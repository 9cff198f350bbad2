"""Small separate file system in memory for a stack, which can be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argosy.infrastructure.servers import EmbeddedServers

SIZE_MB = 1500
PIECE = 1 << 20


class Disk:
    """File system of a folder."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    @contextmanager
    def filled(self, *, spare: int = 0) -> Iterator[None]:
        """Keep the file system full inside the block, except for `spare` bytes.

        Room that is freed meanwhile is filled again. At the end there is room.
        """
        stop = threading.Event()
        thread = threading.Thread(target=self._keep_full, args=(spare, stop), daemon=True)
        self._fill(spare)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            self._ballast.unlink()

    def _keep_full(self, spare: int, stop: threading.Event) -> None:
        while not stop.wait(0.1):
            self._fill(spare)

    def _fill(self, spare: int) -> None:
        handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while (free := self._free() - spare) > 0:
                os.write(handle, bytes(min(free, PIECE)))
        except OSError:
            pass  # full
        finally:
            os.close(handle)

    def _free(self) -> int:
        found = os.statvfs(self._ballast.parent)
        return found.f_bavail * found.f_frsize


def missing() -> str | None:
    """Return the reason why no file system can be mounted here, or None.

    Mounting needs root on Linux.
    """
    if sys.platform != "linux":
        return "only Linux mounts a file system in memory"
    return None if os.geteuid() == 0 else "only root mounts a file system of its own"


@contextmanager
def mounted(home: Path) -> Iterator[None]:
    """Make the folder a small file system in memory; its content is gone afterwards.

    PostgreSQL of root keeps its data elsewhere: that folder is mounted on the same file system.
    """
    home.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "argosy-chaos", str(home))
    places = [home]
    data = EmbeddedServers(home).postgres.data.parent
    try:
        if home.resolve() not in data.parents:
            data.mkdir(parents=True, exist_ok=True)
            (home / "elsewhere").mkdir()
            _mount("--bind", str(home / "elsewhere"), str(data))
            places.append(data)
        yield
    finally:
        for place in reversed(places):
            subprocess.run(["umount", "--lazy", str(place)], check=False)


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"no file system of its own: {done.stderr}"
