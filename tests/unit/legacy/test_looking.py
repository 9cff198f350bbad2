"""Looking without doing."""

from __future__ import annotations

import pytest

from argosy.errors import Conflict
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.looking import ScratchDocuments


def test_what_is_written_goes_no_further_and_is_forgotten() -> None:
    below = MemoryDocuments()
    below.put("n", "a", 1)
    scratch = ScratchDocuments(below)
    assert scratch.update("n", "a", lambda value: value + 1) == 2
    assert scratch.put("n", "b", "new", expected=0) == 1
    assert scratch.keys("n") == ["a", "b"]
    assert scratch.delete("n", "a") is True
    assert (scratch.get("n", "a"), scratch.keys("n"), scratch.delete("n", "a")) == (None, ["b"], False)
    with pytest.raises(Conflict):
        scratch.put("n", "b", "again", expected=0)
    assert below.keys("n") == ["a"]
    scratch.clear()
    found = scratch.get("n", "a")
    assert found is not None and (found.value, found.version) == (1, 1)
    assert scratch.keys("n") == ["a"]
