"""Nodes at work in this process, to drop second deliveries and to find overdue nodes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy.graph.compiled import CompiledNode
    from argosy.graph.runs import Begun

END_GRACE_S = 5.0
"""Seconds that a node may take to stop after its time limit."""
EXECUTOR_GRACE_S = 20.0
"""Seconds that a node with calls to venues may take to stop after its time limit.

This is longer than any of its calls may take.
"""
REPORT_GRACE_S = 1.0
"""Seconds past its time limit after which a node is reported as overdue."""


@dataclass(slots=True)
class Work:
    """Claim of one node.

    `begun`, `node` and `limit_s` are set when its function is called. Times are in monotonic seconds.
    """

    run_id: str
    key: str
    token: str
    thread_id: int = field(default_factory=threading.get_ident)
    began: float = field(default_factory=time.monotonic)
    began_ms: int = 0
    begun: Begun | None = None
    node: CompiledNode | None = None
    limit_s: float | None = None
    given_up: bool = False

    @property
    def on_main_thread(self) -> bool:
        return self.thread_id == threading.main_thread().ident

    def overdue_s(self, now: float) -> float:
        """Return the seconds past the time limit; negative before it."""
        return -1.0 if self.limit_s is None else now - self.began - self.limit_s

    @property
    def grace_s(self) -> float:
        executor = self.node is not None and self.node.type.category == "executor"
        return EXECUTOR_GRACE_S if executor else END_GRACE_S


class Working:
    """Nodes at work in one process; thread-safe."""

    def __init__(self) -> None:
        self._by_node: dict[tuple[str, str], Work] = {}
        self._lock = threading.Lock()

    def start(self, run_id: str, key: str, token: str) -> Work | None:
        """Register a node; return None if this process already works on it."""
        with self._lock:
            if (run_id, key) in self._by_node:
                return None
            work = self._by_node[run_id, key] = Work(run_id, key, token)
            return work

    def move(self, work: Work, key: str) -> Work:
        """Register the next node of a fused line, which is already claimed under the same token."""
        self.end(work)
        with self._lock:
            following = self._by_node[work.run_id, key] = Work(work.run_id, key, work.token)
        return following

    def end(self, work: Work) -> None:
        with self._lock:
            if self._by_node.get((work.run_id, work.key)) is work:
                del self._by_node[work.run_id, work.key]

    def has(self, work: Work) -> bool:
        """Return True if the node is still at work."""
        with self._lock:
            return self._by_node.get((work.run_id, work.key)) is work

    def tokens(self) -> list[str]:
        with self._lock:
            return [work.token for work in self._by_node.values()]

    def overdue(self) -> list[Work]:
        """Return the nodes past their limit that did not stop, the longest overdue first."""
        now = time.monotonic()
        with self._lock:
            found = [w for w in self._by_node.values() if w.overdue_s(now) > REPORT_GRACE_S]
        return sorted(found, key=lambda work: -work.overdue_s(now))

    def longest_limit_s(self) -> float:
        """Return the largest time limit of a node at work, with its grace; 0 without nodes."""
        with self._lock:
            return max((w.limit_s + w.grace_s for w in self._by_node.values() if w.limit_s), default=0.0)

    def __len__(self) -> int:
        return len(self._by_node)
