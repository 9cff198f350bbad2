"""Risk: constraints with scopes, the snapshot they apply to, and explained assessments."""

from argosy.core.risk.assess import assess
from argosy.core.risk.assessment import Assessment, Finding
from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.risk.snapshot import AccountFacts, Holding, Mark, Open, Proposal, Snapshot

__all__ = [
    "AccountFacts",
    "Assessment",
    "Constraint",
    "ConstraintKind",
    "Finding",
    "Holding",
    "Mark",
    "Open",
    "Proposal",
    "Snapshot",
    "assess",
]
