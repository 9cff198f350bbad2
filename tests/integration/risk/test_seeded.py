"""The limits that a packaged bot starts with."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from argosy.bootstrap.seed import seed
from argosy.core.clock import DrivenClock
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.safety import limits

from .conftest import NOW

pytestmark = pytest.mark.integration


def test_a_bot_is_never_there_without_its_limits(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes it may be killed at any moment: the next one finds nothing, and makes both."""
    database = Database(database_url)
    with monkeypatch.context() as patched:
        patched.setattr(limits, "save", _killed)
        with pytest.raises(RuntimeError):
            seed(database, DrivenClock(NOW))
    assert database.run(bots.every()) == []
    assert seed(database, DrivenClock(NOW)).bots > 0
    for bot in database.run(bots.every()):
        assert len(database.run(limits.every([f"bot:{bot.id}"]))) == 5, bot.id
    database.close()


@operation
def _killed(*_: object, **__: object) -> Steps[None]:
    yield select(1)
    raise RuntimeError("killed")
