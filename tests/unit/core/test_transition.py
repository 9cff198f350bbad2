"""The rules of change against the table they come from, written out."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from argosy.core.safety.emergency import EmergencyState
from argosy.core.safety.transition import Armed, clears, is_confirmed, judge

N, A, H, S = EmergencyState
T0 = datetime(2026, 3, 1, tzinfo=UTC)

# before, after: what an operator gets in one step ("" done, "clean" after a reconciliation, "two" refused, "-" nothing,
# "no" refused, "stays" nothing, for the present state is stricter).
BY_ORDER = {
    (N, N): "-", (N, A): "", (N, H): "", (N, S): "two",
    (A, N): "no", (A, A): "", (A, H): "", (A, S): "two",
    (H, N): "no", (H, A): "stays", (H, H): "", (H, S): "two",
    (S, N): "no", (S, A): "stays", (S, H): "stays", (S, S): "two",
}  # fmt: skip
BY_RESUME = BY_ORDER | {
    (A, N): "", (H, N): "clean", (H, A): "clean", (S, N): "two", (S, A): "two", (S, H): "two",
}  # fmt: skip
SHUT_DOWN = BY_ORDER | {(N, S): "", (A, S): "", (H, S): "", (S, S): ""}
LET_GO = BY_RESUME | {
    (N, S): "",
    (A, S): "",
    (H, S): "",
    (S, S): "",
    (S, H): "",
    (S, A): "clean",
    (S, N): "clean",
}
# What the platform may do by itself: only escalate, and not to SHUTDOWN.
BY_ITSELF = {
    (N, N): "no", (N, A): "", (N, H): "", (N, S): "no",
    (A, N): "no", (A, A): "-", (A, H): "", (A, S): "no",
    (H, N): "no", (H, A): "-", (H, H): "-", (H, S): "no",
    (S, N): "no", (S, A): "-", (S, H): "-", (S, S): "no",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(itertools.product(EmergencyState, repeat=2)))
def test_the_table(before: EmergencyState, after: EmergencyState) -> None:
    for table, automatic, in_two_steps, resume in (
        (BY_ORDER, False, False, False),
        (BY_RESUME, False, False, True),
        (SHUT_DOWN, False, True, False),
        (LET_GO, False, True, True),
        (BY_ITSELF, True, False, False),
        (BY_ITSELF, True, True, True),
    ):
        found = judge(before, after, automatic=automatic, confirmed=in_two_steps, resume=resume)
        wanted = table[before, after]
        assert (found.refusal is not None) is (wanted in ("two", "no"))
        assert found.changes is (wanted in ("", "clean"))
        assert found.clean is (wanted == "clean")
        assert found.stricter is (wanted == "stays")
        if wanted == "two":
            assert found.refusal is not None and "two steps" in found.refusal


def test_nothing_automatic_ever_lowers_a_state() -> None:
    for before, after in itertools.product(EmergencyState, repeat=2):
        if judge(before, after, automatic=True).changes:
            assert after > before


def test_only_a_resume_lowers_a_state() -> None:
    for before, after in itertools.product(EmergencyState, repeat=2):
        for in_two_steps in (False, True):
            if judge(before, after, confirmed=in_two_steps).changes:
                assert after >= before


@pytest.mark.parametrize("state", list(EmergencyState))
@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("clears_at", [None, T0])
@pytest.mark.parametrize("late_s", [-0.001, 0, 1])
def test_only_an_automatic_alert_ends_by_itself(
    state: EmergencyState, automatic: bool, clears_at: datetime | None, late_s: float
) -> None:
    found = clears(state, automatic=automatic, clears_at=clears_at, now=T0 + timedelta(seconds=late_s))
    assert found is (state is A and automatic and clears_at is not None and late_s >= 0)


def test_a_code_confirms_in_time_only() -> None:
    armed = Armed(S, "ABC234", T0)
    just_before = T0 - timedelta(microseconds=1)
    assert is_confirmed(armed, " abc234 ", just_before)
    assert not is_confirmed(armed, "ABC234", T0)
    assert not is_confirmed(armed, "ABC234", T0 + timedelta(seconds=1))
    assert not is_confirmed(armed, "ABC235", just_before)
    assert not is_confirmed(armed, "", just_before)
    assert not is_confirmed(None, "ABC234", just_before)
