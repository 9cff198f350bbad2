"""Previews are cut to their limit, and cutting a large value costs no more than a small one."""

from __future__ import annotations

from collections.abc import ItemsView
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from argosy.graph.preview import preview, preview_values

LIMIT = 300
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=150),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=40,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_a_preview_is_the_whole_value_or_a_cut_within_the_limit(values: dict[str, Any]) -> None:
    shown, cut = preview_values(values, LIMIT)
    encoded = orjson.dumps(values)
    assert cut == (len(encoded) > LIMIT)
    assert orjson.dumps(shown) == encoded if not cut else len(orjson.dumps(shown)) <= LIMIT
    assert orjson.dumps(preview(encoded, LIMIT)[0]) == orjson.dumps(shown)


def test_the_most_items_that_fit_are_shown() -> None:
    long, short = ["x" * 40] * 9, [1] * 500
    shown, _ = preview_values({"a": long, "b": short}, LIMIT)
    assert shown == {"a": [*long[:3], "… 6 more"], "b": [1, 1, 1, "… 497 more"]}
    shown, _ = preview_values({"a": ["x" * 110] * 9, "b": short}, LIMIT)
    assert shown == {"a": ["x" * 110, "… 8 more"], "b": [1, "… 499 more"]}
    shown, _ = preview_values({"a": {f"k{n}": ["x" * 90] for n in range(9)}, "b": short}, LIMIT)
    assert shown == {"a": "{9 fields}", "b": "[500 items]"}


class Watched(dict[str, Any]):
    """Object that counts the fields read of it."""

    read = 0

    def items(self) -> ItemsView[str, Any]:
        found = super().items()

        def counted() -> Any:
            for item in found:
                self.read += 1
                yield item

        return counted()  # type: ignore[return-value]


def test_cutting_a_large_object_reads_only_as_much_as_a_preview_holds() -> None:
    value = Watched((f"field {n}", n) for n in range(20_000))
    shown, cut = preview_values({"value": value}, LIMIT)
    assert (shown, cut) == ({"value": "{20000 fields}"}, True)
    assert value.read < LIMIT
