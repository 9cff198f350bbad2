"""What a strategy knows between polls."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import InvalidInput
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.memory import (
    MAXIMUM_BYTES,
    StrategyMemory,
    attributes,
    changed_attributes,
    decode,
    encode,
    restore,
)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers(0, 9), inner)
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


@given(plain)
def test_round_trip_through_json(value: Any) -> None:
    assert decode(orjson.loads(orjson.dumps(encode(value)))) == value


@pytest.mark.parametrize("key", ["$decimal", "$time", "$map", "$tuple", "$set", "$deque"])
def test_keys_that_look_like_tags(key: str) -> None:
    assert decode(encode({key: "x"})) == {key: "x"}


def test_deques_and_sets() -> None:
    prices = decode(encode(deque([1, 2], maxlen=5)))
    assert (prices, prices.maxlen) == (deque([1, 2]), 5)
    assert decode(encode({3, 1})) == {1, 3}


class Bot:
    def __init__(self, stake: float = 5.0) -> None:
        self.provider = object()
        self.config = {"stake": stake}
        self.stake = stake
        self.prices: list[float] = []
        self.mixed = [object()]
        self.huge = 2**70


def test_only_plain_attributes() -> None:
    assert attributes(Bot()) == {"stake": 5.0, "prices": []}


def test_what_the_config_says_is_not_remembered() -> None:
    bot = Bot()
    fresh = {name: encode(value) for name, value in attributes(bot).items()}
    bot.prices.append(1.0)
    bot.entered = datetime(2026, 1, 1, tzinfo=UTC)  # type: ignore[attr-defined]
    state = changed_attributes(fresh, attributes(bot))
    assert state.keys() == {"prices", "entered"}
    later = Bot(stake=9.0)
    restore(later, state)
    assert (later.stake, later.prices) == (9.0, [1.0])


def test_a_run_delivered_twice_starts_from_the_same() -> None:
    memory = StrategyMemory(MemoryDocuments(), "memory:bot:-", "legacy:poll")
    assert memory.before("run-1") == {}
    memory.after("run-1", {}, {"held": Decimal("1.5")})
    assert memory.before("run-1") == {}
    assert memory.before("run-2") == {"held": Decimal("1.5")}
    memory.after("run-2", {"held": Decimal("1.5")}, {"held": Decimal(0)})
    assert memory.before("run-2") == {"held": Decimal("1.5")}
    assert memory.before("run-3") == {"held": Decimal(0)}


def test_too_much() -> None:
    memory = StrategyMemory(MemoryDocuments(), "memory:bot:-", "legacy:poll")
    with pytest.raises(InvalidInput, match="too much"):
        memory.after("run-1", {}, {"all": "x" * (2 * MAXIMUM_BYTES)})
