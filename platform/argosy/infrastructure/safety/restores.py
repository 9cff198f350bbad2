"""Recognise a database restored from a backup, and the bots whose trades it may lack."""

from __future__ import annotations

from typing import Protocol

from loguru import logger

from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.safety.audit import AuditEntry
from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.safety.restored_database import BEHIND
from argosy.core.safety.transition import StateChangeRequest
from argosy.core.scope import PLATFORM_SCOPE
from argosy.infrastructure.safety.witness import Witness
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import audit, emergency, reconciliation_state, restore_check


class SeenFlags(Protocol):
    """Emergency flags as Redis has them."""

    def every(self) -> list[EmergencyFlag]:
        """Return all flags. Raises Unavailable."""
        ...


class Restores:
    """Comparison of PostgreSQL with what the witness remembers.

    All methods raise Unavailable if Redis or PostgreSQL does not answer.
    """

    def __init__(self, database: Database, flags: SeenFlags, witness: Witness, clock: Clock) -> None:
        self._database = database
        self._flags = flags
        self._clock = clock
        self.witness = witness

    def behind(self) -> str | None:
        """Return why PostgreSQL is older than Redis remembers, or None."""
        remembered, seen = self.witness.read(), self._flags.every()
        return self._database.run(restore_check.behind(remembered, seen))

    def is_restored(self) -> bool:
        """Return True if PostgreSQL went back in time and the platform was not resumed since."""
        record = self._database.run(emergency.state_of(PLATFORM_SCOPE))
        halted = (
            record is not None and record.state in reconciliation_state.STOPPED and record.cause == BEHIND
        )
        return halted or self.behind() is not None

    def doubted_bots(self, *, restored: bool) -> frozenset[str]:
        """Return bots whose trades may be forgotten: on a restored database all that ever acted.

        After the resume they are the bots that it left out, until each is compared cleanly.
        """
        return self.witness.bots() if restored else self.witness.doubted()

    def is_doubted(self, bot_id: str, mode: str, *, restored: bool) -> bool:
        """Return True if trades of the bot's account may be forgotten.

        In live mode all bots share the account.
        """
        doubted = self.doubted_bots(restored=restored)
        return bot_id in doubted or (mode == Mode.LIVE.value and bool(doubted))

    def trust(self, bot_id: str) -> None:
        """End the doubt about a bot after a clean comparison with all its venues."""
        self.witness.trust(bot_id)

    def accept(self, order: StateChangeRequest) -> bool:
        """Let the witness remember the present rows; return False if PostgreSQL is whole.

        The resume compared the bots that act again. The other ones that acted stay doubted. An audit row records the
        change.
        """
        why = self.behind()
        if why is None:
            return False
        compared = self._database.run(reconciliation_state.to_compare(order.scope, order.acted))
        before = self.witness.read()
        entry = AuditEntry(
            actor=order.actor,
            action="audit.anchor",
            subject="audit",
            reason=order.reason,
            before={"change": before.change and before.change[0], "audit": before.audit and before.audit[0]},
            after={"why": why},
        )
        self._database.run(audit.append(entry, self._clock.now()))
        self.witness.doubt(order.acted - set(compared))
        self.witness.replace(self._database.run(restore_check.newest()))
        logger.warning("the database as it is now is the one to remember: {}", why)
        return True
