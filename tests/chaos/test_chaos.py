"""Short versions of `make chaos` on one stack, each proved by the venue's own record."""

from __future__ import annotations

import pytest

from chaos import bots, campaign, halts, outages, races
from chaos.calm import settle
from chaos.campaign import Progress
from chaos.killing import TARGETS
from chaos.stack import ChaosStack

pytestmark = [pytest.mark.integration, pytest.mark.chaos]
SETTLE_S = 300


@pytest.mark.timeout(900)
def test_kills_at_random_moments_lose_and_double_nothing(stack: ChaosStack, seed: int) -> None:
    progress = Progress(seed)
    campaign.kills(
        stack, progress, count=len(TARGETS), longest_gap_s=1.5, settle_s=SETTLE_S, patience_s=3, hurry=True
    )
    assert sum(progress.kills.values()) >= 8, f"hardly anything was there to be killed: {progress}"
    assert progress.fills >= 10, f"too little was traded: {progress}"


@pytest.mark.timeout(900)
def test_nothing_that_takes_risk_begins_after_a_halt_was_answered(stack: ChaosStack) -> None:
    found = halts.run(stack, 2, queue=400)
    assert found.times == 2
    halts.drain(stack)
    settle(stack, bots.WIDE_BOTS, timeout_s=SETTLE_S, hurry=True, told=str(found.figures))


@pytest.mark.timeout(900)
def test_two_bots_on_real_workers_race_for_one_action(stack: ChaosStack) -> None:
    assert races.through_workers(stack, 3) == 3
    settle(stack, bots.DUELLISTS, timeout_s=SETTLE_S, hurry=True, told="races through workers")


@pytest.mark.timeout(900)
def test_redis_without_its_memory_lets_nothing_act(stack: ChaosStack) -> None:
    campaign.trade(stack, every_s=4)
    for empty in (False, True):
        orders, refused = outages.forgetful(stack, empty=empty, blind_s=4)
        assert orders == 0, f"data deleted: {empty}"
        assert refused, f"nothing was tried while the flags were gone (data deleted: {empty})"
    settle(stack, bots.SMALL_BOTS, timeout_s=SETTLE_S, hurry=True, told="Redis lost its memory")


@pytest.mark.timeout(900)
def test_servers_and_venue_away_messages_doubled_log_full(stack: ChaosStack) -> None:
    campaign.trade(stack, every_s=4)
    assert outages.without_postgres(stack, 3) == 0
    outages.full_disk(stack, "worker-io2")
    for ill in outages.ILLS:
        outages.ill_venue(stack, ill, 1)
    with outages.doubled(stack) as copies:
        campaign.flow(stack, 15)
    assert copies[0], "no message was doubled"
    settle(
        stack, bots.SMALL_BOTS, timeout_s=SETTLE_S, hurry=True, told="outages, doubled messages, a full log"
    )
