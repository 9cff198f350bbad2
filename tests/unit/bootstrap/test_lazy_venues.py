"""A bot reaches the venues of every domain by name; those of its own come first."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.bootstrap.venues import LazyVenues
from argosy.errors import NotFound


def maker(name: str, made: list[str]) -> Any:
    def make() -> Any:
        made.append(name)
        return name

    return make


def test_venues_of_other_domains_are_open_and_built_when_they_are_used() -> None:
    made: list[str] = []
    venues = LazyVenues(
        {"home": maker("home", made), "both": maker("own", made)},
        domain="trading",
        others={"spice": {"bazaar": maker("bazaar", made), "both": maker("foreign", made)}},
    )
    assert venues.names() == ["both", "home"], "nobody compares accounts that the bot never uses"
    assert made == []
    assert [venues.get(name) for name in ("bazaar", "both", "bazaar")] == ["bazaar", "own", "bazaar"]
    assert made == ["bazaar", "own"]
    assert [venues.domain_of(name) for name in ("home", "both", "bazaar", "none")] == [
        "trading", "trading", "spice", "",
    ]  # fmt: skip
    with pytest.raises(NotFound, match="bazaar, both, home"):
        venues.get("none")
