"""Compiled workflows by digest, cached in the process."""

from __future__ import annotations

import threading
from collections import OrderedDict

from argosy.errors import RunGone
from argosy.graph.compile import compile_expanded
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunStore

_KEEP = 256


class CompiledWorkflows:
    """Cache that compiles the document of a run once per process."""

    def __init__(self, store: RunStore, registry: NodeRegistry) -> None:
        self._store = store
        self._registry = registry
        self._cache: OrderedDict[str, CompiledWorkflow] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> CompiledWorkflow:
        """Return the compiled workflow; raise RunGone if the store no longer has the document."""
        found = self._cache.get(digest)
        if found is not None:
            return found
        document = self._store.workflow_document(digest)
        if document is None:
            raise RunGone("the workflow of this run is not in the store", found=digest)
        compiled = compile_expanded(document, self._registry)
        self.put(digest, compiled)
        return compiled

    def put(self, digest: str, compiled: CompiledWorkflow) -> None:
        with self._lock:
            self._cache[digest] = compiled
            while len(self._cache) > _KEEP:
                self._cache.popitem(last=False)
