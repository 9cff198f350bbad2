"""A disk that fills while orders flow: the whole home on a small file system that has no byte left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argosy.errors import ArgosyError
from argosy.infrastructure.servers import EmbeddedServers
from chaos.outages import IN_FLIGHT_S
from chaos.shots import Harm, Weapon
from chaos.stack import SERVERS, ChaosStack, chaos_stack, patiently

FULL, NEARLY, AGAIN = "full", "full but for a megabyte", "full, free and full again"
VARIANTS = {FULL: 3, NEARLY: 2, AGAIN: 1}
SECONDS = (5, 10, 20)
SIZE_MB = 1500
PIECE = 1 << 20


def fire(harm: Harm) -> None:
    stack, variant = harm.stack, harm.shot.variant
    disk = Disk(stack.home)
    with _returning(stack):
        with disk.filled(spare=PIECE if variant == NEARLY else 0):
            try:
                harm.endure()
            except AssertionError as error:
                if "`argosy halt` ended" not in str(error):
                    raise
                harm.notes["halt"] = "neither server can be written"
                _nothing_begins(harm)
        if variant == AGAIN:
            with disk.filled():
                threading.Event().wait(harm.shot.seconds)


def _nothing_begins(harm: Harm) -> None:
    """A halt that neither server can take must not be needed: without them nothing takes risk."""
    venue = harm.stack.venue
    since = time.time() + IN_FLIGHT_S
    time.sleep(IN_FLIGHT_S + harm.shot.seconds / 2)
    begun = [o["id"] for o in patiently(venue.orders) if o["created"] > since * 1000 and o["side"] == "BUY"]
    assert not begun, f"{harm.shot}\nthe halt was refused, and {len(begun)} orders came after it"


class Disk:
    """The file system of a folder."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    @contextmanager
    def filled(self, *, spare: int = 0) -> Iterator[None]:
        """Without room on entry, and again whenever some is freed; with room afterwards."""
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


@contextmanager
def _returning(stack: ChaosStack) -> Iterator[None]:
    """Servers that end are started again and again, as a supervisor does."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(1):
            for name in SERVERS:
                try:
                    stack.server(name).start(timeout_s=5)
                except (ArgosyError, OSError, subprocess.SubprocessError):
                    continue

    thread = threading.Thread(target=keep, name="starts servers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def missing() -> str | None:
    """A file system of its own needs root on Linux."""
    if sys.platform != "linux":
        return "only Linux mounts a file system in memory"
    return None if os.geteuid() == 0 else "only root mounts a file system of its own"


@contextmanager
def mounted(home: Path) -> Iterator[None]:
    """The folder is a small file system of its own, in memory: its content is gone afterwards.

    Root's PostgreSQL keeps its data elsewhere; they are on the same file system then.
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


@contextmanager
def stack(home: Path, seed: int) -> Iterator[ChaosStack]:
    with mounted(home), chaos_stack(home, seed=seed) as made:
        yield made


WEAPON = Weapon("disks", VARIANTS, SECONDS, fire, stack=stack, missing=missing)
