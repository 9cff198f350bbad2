"""Orders of earlier polls that may still work: a legacy strategy looks them up by id."""

from __future__ import annotations

from argosy.core.actions.action import Action
from argosy.core.ports import Documents
from argosy.legacy.facade import VenueProvider

_KEPT = 200


class WorkingOrders:
    """The last 200 orders of a node, in one document."""

    def __init__(self, documents: Documents, namespace: str, key: str) -> None:
        self._documents = documents
        self._namespace = namespace
        self._key = key

    def known(self) -> list[Action]:
        found = self._documents.get(self._namespace, self._key)
        return [] if found is None else [Action.model_validate(raw) for raw in found.value]

    def keep(self, provider: VenueProvider) -> None:
        if provider.results:
            self._documents.put(
                self._namespace, self._key, [action.to_wire() for action in provider.orders[-_KEPT:]]
            )
