"""Check of the state alone against the limits, without any action; the basis of emergencies."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.core.risk.assessment import Finding
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.judge import exact, finding_of, order, unknown_finding
from argosy.core.risk.kinds import KINDS
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import Snapshot


def watch(constraints: Sequence[Constraint], snapshot: Snapshot) -> list[Finding]:
    """Return one finding for each enabled constraint that limits a state; never raises.

    A constraint on each asset reports its worst asset. `new` equals `current`. Verdict "warning" calls for an
    ALERT of the scope, "denied" for a HALT. A constraint that cannot be computed is "ok" with the code
    "risk.unknown": `assess` denies new risk anyway, and missing data is no breach.
    """
    return usage([each for each in constraints if each.enabled and KINDS[each.kind].watched], snapshot)


def usage(constraints: Sequence[Constraint], snapshot: Snapshot) -> list[Finding]:
    """Return the present usage of each limit, including disabled limits and action rates.

    A constraint on each asset reports its worst asset. Limits on actions alone have no usage.
    """
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
            findings.append(finding_of(constraint, measure))
    except (Unknown, ArithmeticError) as error:
        missing = unknown_finding(constraint, error, "ok")
    worst = max(findings, key=lambda finding: finding.utilisation, default=None)
    # A known warning or breach counts, even if another asset cannot be computed.
    return missing if missing is not None and (worst is None or worst.verdict == "ok") else worst
