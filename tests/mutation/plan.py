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
            "core/decision.py",
            "core/effect.py",
            "core/settlement.py",
            "core/situation.py",
            "core/rates.py",
            "core/intent.py",
            "core/capital.py",
            "core/ledger.py",
            "core/exact.py",
            "core/portfolio.py",
            "core/equity.py",
            "core/escalation.py",
            "core/transition.py",
            "core/adjustment.py",
            "core/executions.py",
            "core/ledger_check.py",
            "core/send_deadline.py",
            "core/trades.py",
        ),
        tests=("tests/unit/core",),
    ),
    Part(
        name="gateway",
        modules=("infrastructure/gateway/gateway.py", "infrastructure/gateway/memory.py"),
        tests=("tests/unit/infrastructure/gateway",),
    ),
    Part(
        name="storage",
        modules=(
            "infrastructure/gateway/reconcile.py",
            "infrastructure/gateway/comparison.py",
            "infrastructure/storage/intents.py",
            "infrastructure/storage/intent_rows.py",
            "infrastructure/storage/situation.py",
            "infrastructure/storage/reconciliations.py",
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
            "infrastructure/storage/adjustments.py",
            "infrastructure/storage/ledger.py",
            "infrastructure/storage/proof.py",
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
            "infrastructure/storage/reconciled.py",
            "infrastructure/storage/unfinished.py",
            "infrastructure/storage/liquidated.py",
            "infrastructure/storage/watched.py",
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
