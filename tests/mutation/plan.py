"""Which modules are mutated, and which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "platform" / "argosy"


@dataclass(frozen=True, slots=True)
class Part:
    """Modules (globs below `argosy`) and the tests that are run against each of their mutants."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def paths(self, prefix: str = "") -> list[Path]:
        """The files of the part whose dotted name (`core.risk.assess`) starts with `prefix`."""
        found = {path for glob in self.modules for path in SOURCE.glob(glob)}
        return sorted(path for path in found if dotted(path).startswith(prefix))


def dotted(path: Path) -> str:
    """`core.risk.assess` of a file."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


PARTS = (
    Part(
        name="core",
        modules=(
            "core/risk/**/*.py",
            "core/actions/decision.py",
            "core/actions/impact.py",
            "core/actions/settlement.py",
            "core/actions/context.py",
            "core/money/rates.py",
            "core/actions/intent.py",
            "core/money/capital.py",
            "core/money/ledger.py",
            "core/money/exact.py",
            "core/money/portfolio.py",
            "core/money/equity.py",
            "core/safety/escalation.py",
            "core/safety/transition.py",
            "core/money/adjustment.py",
            "core/actions/executions.py",
            "core/money/ledger_check.py",
            "core/actions/send_deadline.py",
            "core/money/trades.py",
        ),
        tests=("tests/unit/core",),
    ),
    Part(
        name="gateway",
        modules=(
            "infrastructure/actions/gateway.py",
            "infrastructure/actions/memory.py",
            "infrastructure/actions/venue_calls.py",
        ),
        tests=("tests/unit/infrastructure/gateway",),
    ),
    Part(
        name="storage",
        modules=(
            "infrastructure/actions/reconcile.py",
            "infrastructure/actions/comparison.py",
            "infrastructure/storage/actions/intents.py",
            "infrastructure/storage/actions/intent_rows.py",
            "infrastructure/storage/actions/decision_context.py",
            "infrastructure/storage/money/reconciliations.py",
        ),
        tests=(
            "tests/integration/gateway/test_comparison.py",
            "tests/integration/gateway/test_telling.py",
            "tests/integration/gateway/test_journal.py",
            "tests/integration/gateway/test_actions.py",
            "tests/integration/gateway/test_neighbours.py",
            "tests/integration/gateway/test_reconciling.py",
            "tests/integration/gateway/test_fates.py",
            "tests/integration/gateway/test_permission.py",
            "tests/integration/gateway/test_under_way.py",
            "tests/integration/gateway/test_beat.py",
            "tests/integration/gateway/test_adjusting.py",
            "tests/integration/risk/test_kinds.py",
        ),
    ),
    Part(
        name="books",
        modules=(
            "infrastructure/storage/money/adjustments.py",
            "infrastructure/storage/money/ledger.py",
            "infrastructure/storage/money/proof.py",
        ),
        tests=(
            "tests/integration/ledger/test_booking.py",
            "tests/integration/ledger/test_proof.py",
            "tests/integration/gateway/test_adjusting.py",
        ),
    ),
    Part(
        name="emergency",
        modules=(
            "infrastructure/storage/safety/reconciliation_state.py",
            "infrastructure/storage/safety/reopen_enforcement.py",
            "infrastructure/storage/safety/flatten_progress.py",
            "infrastructure/storage/money/watched_assets.py",
        ),
        tests=(
            "tests/integration/emergency/test_desk.py",
            "tests/integration/emergency/test_enforcement.py",
            "tests/integration/storage/test_liquidated.py",
            "tests/integration/storage/test_reconciled.py",
            "tests/integration/storage/test_unfinished.py",
            "tests/integration/risk/test_watched.py",
        ),
    ),
)
