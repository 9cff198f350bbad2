"""What the state itself breaches, without any action: what emergencies follow from."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.core.risk.assessment import Finding
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.judge import exact, judged, order, unknown
from argosy.core.risk.kinds import KINDS
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import Snapshot


def watch(constraints: Sequence[Constraint], snapshot: Snapshot) -> list[Finding]:
    """One finding for each enabled constraint that limits a state, of its worst asset where it limits each; `new`
    is `current`. Never raises.

    Verdict "warning" is due an ALERT of the scope, "denied" a HALT. What cannot be computed is "ok" with the code
    "risk.unknown": new risk is denied by `assess` anyway, and not to know is no breach.
    """
    return usage([each for each in constraints if each.enabled and KINDS[each.kind].watched], snapshot)


def usage(constraints: Sequence[Constraint], snapshot: Snapshot) -> list[Finding]:
    """How much of each limit is used now, of its worst asset where it limits each; what is switched off and action
    rates among them. A limit that only an action can touch has none."""
    with exact():
        facts = Facts(snapshot)
        found = (_one(constraint, facts) for constraint in constraints)
        return sorted((finding for finding in found if finding is not None), key=order)


def _one(constraint: Constraint, facts: Facts) -> Finding | None:
    state = KINDS[constraint.kind].state
    if state is None:
        return None
    findings: list[Finding] = []
    missing: Finding | None = None
    try:
        for measure in state(constraint, facts):
            findings.append(judged(constraint, measure))
    except (Unknown, ArithmeticError) as error:
        missing = unknown(constraint, error, "ok")
    worst = max(findings, key=lambda finding: finding.utilisation, default=None)
    # What is known to be near or over stays so, whatever else is not known.
    return missing if missing is not None and (worst is None or worst.verdict == "ok") else worst
