"""Advisory locks of the database, each with one meaning.

Code that needs several takes them in this order.
"""

from __future__ import annotations

EMERGENCY_LOCK = 0x6172676F656D
"""Shared while an action begins, exclusive while an emergency state changes.

An action therefore begins either before or after the change.
"""

LEDGER_LOCK = 0x6172676F6C65
"""Lock per client id (hashed with this seed).

If several processes learn of a fill at once, one books it.
"""

AUDIT_LOCK = 0x6172676F6175
"""Held from adding an audit row until the transaction ends. Always the last lock taken."""
