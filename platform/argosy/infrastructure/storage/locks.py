"""Advisory locks of the database, each with one meaning. Taken in this order where several are needed."""

from __future__ import annotations

EMERGENCY_LOCK = 0x6172676F656D
"""Shared while an action begins, exclusive while an emergency state changes: the one is before or after the other."""

LEDGER_LOCK = 0x6172676F6C65
"""Client ids are hashed on it: of several processes that learn of a fill at once, one books it."""

AUDIT_LOCK = 0x6172676F6175
"""Held while a row is added to the audit chain, to the end of that transaction. Always the last."""
