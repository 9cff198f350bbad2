"""Advisory locks of the database, each with one meaning. Taken in this order where several are needed."""

from __future__ import annotations

EMERGENCY_LOCK = 0x6172676F656D
"""Shared while an action begins, exclusive while an emergency state changes: the one is before or after the other."""

LEDGER_LOCK = 0x6172676F6C65
"""Shared while entries are booked, exclusive while positions and cash are rebuilt from them; with client ids hashed
on it, the locks under which a fill is booked once."""

AUDIT_LOCK = 0x6172676F6175
"""Held while a row is added to the audit chain, to the end of that transaction. Always the last."""
