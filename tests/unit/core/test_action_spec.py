"""The table of action kinds: domains extend it, and an unknown kind is a clear refusal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from argosy.bootstrap.types import domains
from argosy.core.actions import action_spec
from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.action_spec import ActionSpec, kinds, register, spec_of
from argosy.core.actions.impact import NetPosition, effect_of
from argosy.core.money.ledger import EntryKind
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM
from argosy.errors import InvalidInput


@pytest.fixture(autouse=True)
def table_as_before() -> Iterator[None]:
    before, sources = dict(action_spec._specs), list(action_spec._sources)
    yield
    action_spec._specs.clear()
    action_spec._specs.update(before)
    action_spec._sources[:] = sources


def action(kind: str, quantity: str = "5") -> Action:
    return Action(client_id="a", venue="v", kind=ActionKind(kind), symbol="s", quantity=Decimal(quantity))


def test_the_core_names_no_kind_of_one_venue() -> None:
    assert not {MERGE_PAIR, REDEEM} & {kind.value for kind in ActionKind}
    assert {spec.kind for spec in domains()["trading"].action_specs} == {MERGE_PAIR, REDEEM}


def test_every_general_kind_has_its_facts() -> None:
    assert all(spec_of(kind).kind == kind for kind in ActionKind)
    assert kinds(lambda spec: spec.booked_by_fill) == ["place_order", "purchase"]
    assert kinds(lambda spec: spec.commitment == "begins") == ["list", "set_budget", "create_listing"]


def test_a_kind_of_a_domain_is_judged_by_its_facts() -> None:
    register(ActionSpec("rent", sign="adds", booked_by_fill=True, unit_price=Decimal(2)))
    impact = effect_of(action("rent"), NetPosition())
    assert (impact.delta, impact.cost, impact.reducing) == (Decimal(5), Decimal(10), False)
    assert "rent" in kinds(lambda spec: spec.booked_by_fill)
    assert spec_of(REDEEM).entry_kind is EntryKind.SETTLEMENT
    assert spec_of(REDEEM).shared


def test_an_unknown_kind_says_what_happened_and_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"no installed domain has this kind of action.*'rent'"):
        spec_of("rent")
    with pytest.raises(InvalidInput):
        effect_of(action("rent"), NetPosition())


def test_one_kind_cannot_have_two_meanings() -> None:
    register(ActionSpec("rent", sign="adds"), ActionSpec("rent", sign="adds"))
    with pytest.raises(ValueError, match="'rent' exists already"):
        register(ActionSpec("give_back"), ActionSpec("rent", sign="takes"))
    with pytest.raises(InvalidInput):  # nothing of a refused set is kept
        spec_of("give_back")


def test_domains_are_loaded_at_the_first_need_only() -> None:
    loads: list[str] = []

    def load() -> None:
        loads.append("loaded")
        register(ActionSpec("rent", sign="adds"))

    action_spec.add_source(load)
    assert spec_of("place_order").sign == "side"
    assert loads == []
    assert spec_of("rent").sign == "adds"
    assert kinds(lambda spec: spec.sign == "adds") == ["purchase", "allocate", "rent"]
    assert loads == ["loaded"]


def test_a_stored_action_of_a_removed_domain_can_still_be_read() -> None:
    stored = action("rent").model_dump_json()
    assert Action.model_validate_json(stored).kind is ActionKind("rent")  # one object: `is` compares kinds
    assert ActionKind("rent").value == "rent"
    assert "rent" not in [kind.value for kind in ActionKind]


@pytest.mark.parametrize("text", ["", "Rent", "rent it", "1st", "x" * 65])
def test_text_that_names_no_kind_is_refused_when_read(text: str) -> None:
    with pytest.raises(ValueError, match="ActionKind"):
        ActionKind(text)
