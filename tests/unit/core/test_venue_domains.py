"""What happens at a venue of another domain belongs to both domains."""

from __future__ import annotations

from argosy.core.emergency import Scope
from argosy.core.portfolio import scopes_of
from argosy.core.risk.scope import contains
from argosy.core.risk.snapshot import Path

ABROAD = Path("trading", "bot", "s1", "bazaar", "X", "spice")


def test_a_domain_covers_its_bots_and_its_venues() -> None:
    assert Scope("domain", domain="spice").covers("trading", "bot", "s1", "spice")
    assert Scope("domain", domain="trading").covers("trading", "bot", "s1", "spice")
    assert not Scope("domain", domain="credit").covers("trading", "bot", "s1", "spice")
    assert not Scope("domain", domain="spice").covers("trading", "bot", "s1")


def test_limits_of_both_domains_contain_it() -> None:
    assert contains("domain:spice", ABROAD)
    assert contains("domain:trading", ABROAD)
    assert not contains("domain:credit", ABROAD)
    assert ABROAD.scopes[:4] == ("platform", "domain:trading", "domain:spice", "bot:bot")
    assert Path("trading", "bot", "", "v", "X", "trading").scopes.count("domain:trading") == 1


def test_sums_count_it_in_both_domains_and_on_the_platform_once() -> None:
    found = scopes_of("trading", "bot", "s1", "bazaar", "spice")
    assert found.count("platform") == 1
    assert {"domain:trading", "domain:spice"} < set(found)
    assert scopes_of("trading", "bot", "s1", "v", "trading").count("domain:trading") == 1
