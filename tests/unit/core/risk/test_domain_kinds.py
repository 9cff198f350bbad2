"""Kinds of limits that a domain's package brings: they see the action, and a fault in one denies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.risk import buy, facts, limit, sell

from argosy.bootstrap import types
from argosy.core.risk import Constraint, ConstraintKind, Proposal, assess, custom
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure
from argosy.core.risk.rules import check_constraint
from argosy.core.risk.watch import usage
from argosy.errors import Conflict
from argosy.venuekit.domain import DomainPackage


def _lot(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    if proposal.path.symbol == constraint.parameters.get("except"):
        return None
    return Measure(proposal.quantity * 0, constraint.limit, add=proposal.quantity, what="lot")


def _broken(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    raise ZeroDivisionError if proposal.quantity == 1 else KeyError("lots")


@pytest.fixture
def installed() -> Iterator[None]:
    kinds = {"lot": Kind(_lot, stops_reducing=lambda _: True), "broken": Kind(_broken)}
    types._add({}, DomainPackage(name="lots", risk_kinds=kinds))
    yield
    for name in kinds:
        custom.unregister(name)


def rule(measure: str = "lot", **parameters: str) -> Constraint:
    return limit(ConstraintKind.CUSTOM, 5, parameters={"measure": measure, **parameters})


@pytest.mark.usefixtures("installed")
def test_it_measures_the_action_and_names_a_size_that_passes() -> None:
    assert assess(buy(5), [rule()], facts()).allowed
    beyond = assess(buy(6), [rule()], facts())
    assert (beyond.code, beyond.quantity) == ("risk.custom", 5)
    assert not assess(sell(6, reducing=True), [rule()], facts()).allowed  # it may stop reductions as well
    assert assess(buy(6), [check_constraint(rule(**{"except": "X"}))], facts()).findings == []
    assert usage([rule()], facts()) == []


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("quantity", [1, 2])
def test_a_fault_in_it_denies_what_adds_risk(quantity: int) -> None:
    assert assess(buy(quantity), [rule("broken")], facts()).code == "risk.unknown"
    assert assess(sell(quantity, reducing=True), [rule("broken")], facts()).allowed


@pytest.mark.usefixtures("installed")
def test_a_name_is_taken_once() -> None:
    with pytest.raises(Conflict):
        custom.register_kind("lot", Kind(_broken))
    with pytest.raises(Conflict):
        custom.register("lot", lambda snapshot, scope: snapshot.now.day)  # type: ignore[arg-type, return-value]
    assert "lot" in custom.names()
