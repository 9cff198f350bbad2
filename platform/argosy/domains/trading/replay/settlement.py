"""Settlement of decided markets in a replay, even if no strategy does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from argosy.core.actions.action import Action, ActionResult, client_id
from argosy.core.clock import DrivenClock, from_ms
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.redemption import redemption
from argosy.domains.trading.replay.tape import Tape

_NODE = "settlement"


class ReplaySettlement:
    """Redemption of shares in markets that the recording shows as resolved.

    This includes markets voided before their end.
    """

    def __init__(
        self,
        paper: PaperVenue,
        tape: Tape,
        clock: DrivenClock,
        submit: Callable[[Sequence[Action]], list[ActionResult]],
    ) -> None:
        self._paper = paper
        self._tape = tape
        self._clock = clock
        self._submit = submit

    def settle(self) -> None:
        """Redeem every holding whose market is resolved by now."""
        due = [each for each in self._paper.holdings() if self._paper.resolution(each.slug) is not None]
        if due:
            run = f"{_NODE}@{self._clock.now_ms()}"
            self._submit(
                [
                    redemption(each, self._paper.name, lambda symbol: client_id(run, f"{_NODE}/{symbol}", 0))
                    for each in due
                ]
            )

    def finish(self) -> None:
        """Follow the recording beyond its last prices to the resolutions of open holdings."""
        self.settle()
        while held := {each.slug for each in self._paper.holdings()}:
            moment = self._tape.next_resolution(held)
            if moment is None:
                return
            if moment > self._clock.now_ms():
                self._clock.set(from_ms(moment))
            self._tape.advance(self._clock.now_ms())
            self.settle()
