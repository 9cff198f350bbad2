"""Disk that fills while orders flow: the home is on a small file system without a free byte."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from argosy.errors import ArgosyError
from chaos import shared
from chaos.filesystems import PIECE, Disk, missing
from chaos.outages import IN_FLIGHT_S
from chaos.shots import Harm, Weapon
from chaos.stack import SERVERS, ChaosStack, patiently

FULL, NEARLY, AGAIN = "full", "full but for a megabyte", "full, free and full again"
VARIANTS = {FULL: 3, NEARLY: 2, AGAIN: 1}
SECONDS = {3: 2, 6: 2, 12: 1}


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
    """Check that nothing takes risk while neither server can be written.

    A halt that neither server can store must not be needed.
    """
    venue = harm.stack.venue
    since = time.time() + IN_FLIGHT_S
    time.sleep(IN_FLIGHT_S + harm.shot.seconds / 2)
    begun = [o["id"] for o in patiently(venue.orders) if o["created"] > since * 1000 and o["side"] == "BUY"]
    assert not begun, f"{harm.shot}\nthe halt was refused, and {len(begun)} orders came after it"


@contextmanager
def _returning(stack: ChaosStack) -> Iterator[None]:
    """Start servers again whenever they end, as a supervisor does."""
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
        for name in SERVERS:  # one may have ended at the last moment of the harm
            stack.raise_server(name)


WEAPON = Weapon("disks", VARIANTS, SECONDS, fire, shared.stack, missing=missing)
