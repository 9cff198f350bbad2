from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.emergency import Scope, parse_scope, scope_path
from argosy.errors import InvalidInput

ids = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")


@given(domain=ids, bot=ids, strategy=ids)
def test_every_scope_of_a_path_is_read_back_and_covers_the_path(domain: str, bot: str, strategy: str) -> None:
    for text in scope_path(domain, bot, strategy):
        scope = parse_scope(text)
        assert str(scope) == text
        assert scope.covers(domain, bot, strategy)
        assert scope.covers(domain, bot) is (scope.kind != "strategy")
        assert scope.covers(domain + "x", bot + "x", strategy) is (scope.kind == "platform")


def test_a_strategy_covers_no_other_of_its_bot() -> None:
    scope = Scope("strategy", bot="b", strategy="s")
    assert scope.covers("trading", "b", "s")
    assert not scope.covers("trading", "b", "t")
    assert not scope.covers("trading", "c", "s")


@given(st.text(max_size=30))
def test_anything_else_is_refused(text: str) -> None:
    try:
        scope = parse_scope(text)
    except InvalidInput:
        return
    assert str(scope) == text


@pytest.mark.parametrize(
    "text", ["platform:", "bot:" + "x" * 65, "bot:a/b", "strategy:a/b/c", "domain:trading\n", "PLATFORM"]
)
def test_what_looks_nearly_right_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no scope"):
        parse_scope(text)
