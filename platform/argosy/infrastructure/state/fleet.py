"""Comparison of worker processes: versions, node types, nodes past their limit, silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from argosy.core.clock import from_ms
from argosy.infrastructure.state.overview import WorkerSign


@dataclass(frozen=True, slots=True)
class WorkerTrouble:
    """Problem of one worker process, as a sentence."""

    sign: WorkerSign
    text: str


def troubles(signs: Sequence[WorkerSign]) -> list[WorkerTrouble]:
    """Return all problems in the order of the processes.

    The build of most processes counts as the right one.
    """
    builds = Counter(sign.build for sign in signs if sign.build is not None)
    usual = builds.most_common(1)[0][0] if builds else None
    found = []
    for sign in signs:
        where = f"{sign.name} on {sign.host} (process {sign.pid})"
        if sign.silent_ms is not None:
            text = (
                f"{where} gives no heartbeat for {sign.silent_ms / 1000:.0f} s; it is ended when that goes on"
            )
            found.append(WorkerTrouble(sign, text))
        for held in sign.held:
            since = from_ms(int(held["sinceMs"])).strftime("%Y-%m-%d %H:%M:%S UTC")
            text = f"{where} is held by node {held['node']} of run {held['run']}: past its limit of {held['limitS']:g} s"
            found.append(WorkerTrouble(sign, f"{text} since {since}"))
        if sign.build is not None and sign.build != usual:
            assert usual is not None  # counted above
            found.append(WorkerTrouble(sign, f"{where} differs: {_difference(sign.build, usual)}"))
    return found


def _difference(build: tuple[str, str], usual: tuple[str, str]) -> str:
    if build[0] != usual[0]:
        return f"version {build[0]}, most have {usual[0]}"
    return f"other node types (digest {build[1]}, most have {usual[1]}); compare the plug-ins installed"
