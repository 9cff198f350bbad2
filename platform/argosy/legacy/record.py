"""Dict for legacy code whose keys are attributes too."""

from __future__ import annotations

from typing import Any


class Record(dict[str, Any]):
    """Dict with attribute access: `order["status"]` and `order.status`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
