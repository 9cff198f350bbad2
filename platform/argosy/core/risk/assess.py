"""Check of one action against every constraint that concerns it: pure, exact, explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from argosy.core.risk.assessment import Assessment, Finding
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.judge import exact, finding_of, order, unknown_finding
from argosy.core.risk.kinds import KINDS
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import Proposal, Snapshot
from argosy.core.scope import Scope


def assess(proposal: Proposal, constraints: Sequence[Constraint], snapshot: Snapshot) -> Assessment:
    """Assess an action against the constraints; never raises.

    A constraint that cannot be computed (no mark, no account) denies added risk with the code "risk.unknown". A
    value exactly at its limit passes. A reducing action is denied only by an action rate that counts reducing
    actions. The result's `quantity` is the largest smaller one that passes, on the decimal grid of the proposal's
    own.
    """
    with exact():
        facts = Facts(snapshot)
        touched = [c for c in constraints if c.enabled and Scope.from_text(c.scope).contains(proposal.path)]
        found = [each for c in touched if (each := _one(c, facts, proposal)) is not None]
        findings = sorted((finding for finding, _ in found), key=order)
        denied = next((finding for finding in findings if finding.verdict == "denied"), None)
        score = min(max((finding.utilisation for finding in findings), default=0.0), 1.0)
        if denied is None:
            return Assessment(allowed=True, score=score, findings=findings)
        parts = [part for finding, part in found if finding.verdict == "denied"]
        return Assessment(
            allowed=False,
            score=score,
            code=denied.code,
            reason=denied.text,
            quantity=_smaller(proposal, parts, touched, facts),
            findings=findings,
        )


def _one(constraint: Constraint, facts: Facts, proposal: Proposal) -> tuple[Finding, Fraction | None] | None:
    """Return the finding and the passing part of the quantity; None if not concerned."""
    kind = KINDS[constraint.kind]
    may_deny = not proposal.reducing or kind.stops_reducing(constraint)
    try:
        measure = kind.action(constraint, facts, proposal)
        if measure is None:
            return None
        return finding_of(constraint, measure, may_deny=may_deny), measure.part
    except (Unknown, ArithmeticError) as error:
        denies = may_deny and constraint.mode == "enforce"
        return unknown_finding(constraint, error, "denied" if denies else "warning"), None


def _smaller(
    proposal: Proposal, parts: Sequence[Fraction | None], touched: Sequence[Constraint], facts: Facts
) -> Decimal | None:
    """Return the largest smaller quantity that passes, None if no size helps.

    Also returns None if the quantity is not the change that the action makes (a budget set to a level).
    """
    helping = [part for part in parts if part is not None]
    if len(helping) < len(parts) or abs(proposal.delta) not in (0, proposal.quantity):
        return None
    exponent = proposal.quantity.as_tuple().exponent
    step = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
    quantity = int(Fraction(proposal.quantity) * min(helping) / Fraction(step)) * step
    if not quantity:
        return None
    smaller = resize(proposal, quantity)
    again = (_one(constraint, facts, smaller) for constraint in touched)
    return None if any(each is not None and each[0].verdict == "denied" for each in again) else quantity


def resize(proposal: Proposal, quantity: Decimal) -> Proposal:
    """Return the action in another size; its possible cost shrinks in proportion."""
    delta = quantity.copy_sign(proposal.delta) if proposal.delta else proposal.delta
    reserve = proposal.reserve * quantity / proposal.quantity
    return replace(proposal, quantity=quantity, delta=delta, reserve=reserve)
