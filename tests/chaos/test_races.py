"""Two callers propose at once against a limit with room for one.

The long version is `make chaos`.
"""

from __future__ import annotations

import pytest

from chaos.races import RINGS, Ring, race

pytestmark = [pytest.mark.integration, pytest.mark.chaos]


@pytest.mark.parametrize("ring", RINGS, ids=lambda ring: ring.name)
def test_exactly_one_of_two_gets_the_last_unit(ring: Ring, database_url: str) -> None:
    raced = race(database_url, ring, 30)
    assert raced.races == 30
    assert raced.overlapped >= 15, f"only {raced.overlapped} of 30 ran at the same time: this proves nothing"
    assert len(raced.wins) == 2, f"always the same one wins: {raced.wins}"
