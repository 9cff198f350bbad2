"""A released migration is never edited: databases that it made would differ from those that it makes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from argosy.infrastructure.storage.engine import migrate

VERSIONS = Path(migrate.__file__).parents[1] / "migrations" / "versions"

# A new migration adds its line here when it is released. A line that is here never changes: mend the schema with a new
# migration, as 0004 does.
RELEASED = {
    "0001_initial.py": "d460efe7f67317d62ee21fdcda0560eb34f9c7ff84dd9b5638ffc37e0375b272",
    "0002_runs_by_status.py": "f711fb9e9926e44df66a74ca72d9406e148cc6c29b0dba803bf9cdc45bc55b9e",
    "0003_money.py": "2a5469262bc4d58bb552839feed8056e4b9eee1bceef0bf32faeb8a201309e08",
    "0004_mend_money.py": "4cd0c17b15a1fc08d0f214280885c581c974e29b8a94f0a18a68c74d6368bac5",
    "0005_catalog.py": "93d7d67b746aad3781bd1124ce85be87eae303aaa29c3e81804b01e735c495cc",
    "0006_flows.py": "7ea66dd3b8f8a7feac0132193c2efdaaed5b58e1d01359bef5e0e3872b2fca11",
}


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_migration_is_as_it_was_released(name: str) -> None:
    assert hashlib.sha256((VERSIONS / name).read_bytes()).hexdigest() == RELEASED[name]


def test_every_migration_has_its_line() -> None:
    assert {path.name for path in VERSIONS.glob("0*.py")} == set(RELEASED)
