"""Until when a call may leave, by both clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from argosy.core.actions.send_deadline import SendDeadline, check
from argosy.errors import NeverSent, OrderDenied

START = datetime(2026, 11, 29, 12, tzinfo=UTC)


class TwoClocks:
    """A wall clock and a monotonic one that move apart."""

    def __init__(self) -> None:
        self.wall = START
        self.seconds = 100.0

    def now(self) -> datetime:
        return self.wall

    def now_ms(self) -> int:
        return int(self.wall.timestamp() * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.move(seconds, seconds)

    def move(self, wall_s: float, monotonic_s: float) -> None:
        self.wall += timedelta(seconds=wall_s)
        self.seconds += monotonic_s


@pytest.mark.parametrize(
    ("wall_s", "monotonic_s", "passed"),
    [
        (0, 0, False),
        (3, 3, False),
        (3.001, 3.001, True),
        # The monotonic clock stops while the machine sleeps.
        (3600, 0.1, True),
        (86_400, 0, True),
        # A step back extends nothing, and nothing is known of how long it has been.
        (-5, 3.001, True),
        (-3600, 3600, True),
        (-0.001, 0, True),
        (-86_400, 1, True),
        # A step forward only refuses.
        (5, 0.1, True),
        (0, 60, True),
    ],
)
def test_both_clocks_must_allow_the_call(wall_s: float, monotonic_s: float, passed: bool) -> None:
    clock = TwoClocks()
    deadline = SendDeadline.from_now(clock, 3.0)
    clock.move(wall_s, monotonic_s)
    assert deadline.is_passed is passed
    if passed:
        with pytest.raises(NeverSent) as caught:
            deadline.check()
        assert isinstance(caught.value, OrderDenied)
        assert caught.value.code == "never_sent"
    else:
        deadline.check()


def test_a_wait_that_belongs_to_the_call_moves_both_ends() -> None:
    clock = TwoClocks()
    deadline = SendDeadline.from_now(clock, 3.0).extended(2.0)
    clock.move(5, 5)
    assert not deadline.is_passed
    clock.move(0.001, 0)
    assert deadline.is_passed
    clock.move(-0.001, 0.001)
    assert deadline.is_passed


def test_a_call_without_a_deadline_may_always_leave() -> None:
    check(None)
