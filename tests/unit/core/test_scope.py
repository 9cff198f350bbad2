"""Scopes: names that are read back, paths that lie inside them, widest first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.safety.emergency import emergency_scope
from argosy.core.scope import PLATFORM, SCOPE_KINDS, Scope, ScopePath
from argosy.errors import InvalidInput

ids = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
ABROAD = ScopePath("trading", "bot", "s1", "bazaar", "X", "spice")
"""An asset at a venue of another domain."""


@given(domain=ids, bot=ids, strategy=ids, venue=ids, symbol=ids)
def test_every_scope_of_a_path_is_read_back_and_contains_the_path(
    domain: str, bot: str, strategy: str, venue: str, symbol: str
) -> None:
    path = ScopePath(domain, bot, strategy, venue, symbol)
    found = [Scope.from_text(name) for name in path.scopes]
    assert [str(scope) for scope in found] == list(path.scopes)
    assert [scope.kind for scope in found] == list(SCOPE_KINDS)
    assert [scope.width for scope in found] == [0, 1, 2, 3, 4, 5]
    for scope in found:
        assert scope.contains(path)
        other = ScopePath(domain + "x", bot + "x", strategy, venue + "x", symbol)
        assert scope.contains(other) is (scope == PLATFORM)


def test_scopes_of_a_path_widest_first() -> None:
    assert ScopePath("trading", "b").scopes == ("platform", "domain:trading", "bot:b")
    assert ScopePath("trading", "b", "s").scopes == ("platform", "domain:trading", "bot:b", "strategy:b/s")
    path = ScopePath("trading", "b", "one", "v", "X/Y")
    assert path.scopes[4:] == ("venue:v", "asset:v/X/Y")
    assert path.account_scopes == path.scopes[:-1]
    assert (path.owner, ScopePath("trading", "b").owner) == ("strategy:b/one", "bot:b")


def test_a_strategy_contains_neither_another_one_nor_the_bots_own() -> None:
    scope = Scope("strategy", bot="b", strategy="s")
    assert scope.contains(ScopePath("trading", "b", "s"))
    assert not scope.contains(ScopePath("trading", "b", "t"))
    assert not scope.contains(ScopePath("trading", "c", "s"))
    assert not scope.contains(ScopePath("trading", "b"))


def test_scopes_that_belong_to_a_bot() -> None:
    names = [
        "bot:b",
        "strategy:b/s",
        "bot:bb",
        "strategy:bb/s",
        "platform",
        "domain:b",
        "venue:b",
        "asset:b/b",
    ]
    assert [name for name in names if Scope.from_text(name).belongs_to("b")] == ["bot:b", "strategy:b/s"]


@pytest.mark.parametrize(
    ("name", "inside"),
    [("domain:spice", True), ("domain:trading", True), ("domain:credit", False), ("platform", True)],
)
def test_a_venue_of_another_domain_belongs_to_both(name: str, inside: bool) -> None:
    assert Scope.from_text(name).contains(ABROAD) is inside


def test_each_domain_is_named_once() -> None:
    assert ABROAD.scopes[:4] == ("platform", "domain:trading", "domain:spice", "bot:bot")
    assert ScopePath("trading", "bot", "", "v", "X", "trading").scopes.count("domain:trading") == 1


@given(st.text(max_size=30))
def test_any_other_name_is_refused(text: str) -> None:
    try:
        scope = Scope.from_text(text)
    except InvalidInput:
        return
    assert str(scope) == text


@pytest.mark.parametrize(
    "text",
    ["", "platform:", "bot:" + "x" * 65, "bot:a/b", "strategy:a/b/c", "strategy:a", "domain:trading\n", "PLATFORM",
     "venue:", "venue:a/b", "asset:a", "asset:/X", "asset:a/X Y"],
)  # fmt: skip
def test_names_that_look_nearly_right_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="this is no scope"):
        Scope.from_text(text)


@pytest.mark.parametrize("text", ["venue:v", "asset:v/X"])
def test_venues_and_assets_have_no_emergency_state(text: str) -> None:
    assert str(Scope.from_text(text)) == text
    with pytest.raises(InvalidInput, match="no scope of emergency states"):
        emergency_scope(text)
