"""CPU time of a call, measured so that neither other threads nor one unlucky moment count."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

TRIES = 3


def least_cpu_s(call: Callable[[], object], enough_s: float) -> float:
    """Return the least CPU seconds that `call` took on this thread in up to three tries.

    The first try below `enough_s` ends the measurement. The garbage collector rests meanwhile: in a long test
    process a full collection alone can take longer than the bound.
    """
    least = float("inf")
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in range(TRIES):
            began = time.thread_time()
            call()
            least = min(least, time.thread_time() - began)
            if least < enough_s:
                break
    finally:
        if collects:
            gc.enable()
    return least
