"""JSON that readers may understand differently is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from argosy.core.strict_json import check_json
from argosy.errors import InvalidInput
from argosy.graph.document import parse


@pytest.mark.parametrize(
    "text", ["{}", "[]", "1", '{"a": {"b": 1}, "b": [{"b": 2}, {"b": 3}]}', '"\\ud800"', b"1e400", "9" * 5000]
)
def test_clear_documents_pass(text: str | bytes) -> None:
    check_json(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "a": 1}', "'a' twice"),
        ('{"x": [{"scope": "platform", "reason": "", "scope": "bot:a"}]}', "'scope' twice"),
        ('{"a": 1, "\\u0061": 2}', "'a' twice"),
        ('{"\\ud800": 1, "\\ud800": 2}', "twice"),
        ("[NaN]", "NaN"),
        ('{"a": -Infinity}', "-Infinity"),
        ("", "Expecting value"),
        ("{} {}", "Extra data"),
        (b"\xff", "decode"),
        ("[" * 200_000, "too deep"),
    ],
)
def test_unclear_documents_are_refused(text: str | bytes, found: str) -> None:
    with pytest.raises(InvalidInput, match=found):
        check_json(text)


def test_a_workflow_document_names_nothing_twice() -> None:
    with pytest.raises(InvalidInput, match="'id' twice"):
        parse('{"id": "a", "name": "x", "id": "b", "nodes": [], "edges": []}')


def test_a_deep_document_is_refused_whatever_a_library_did_to_the_recursion_limit() -> None:
    """Without a limit of its own the parser overruns the C stack, which ends the process."""
    code = (
        "import sys; sys.setrecursionlimit(1_000_000);"
        "from argosy.core.strict_json import check_json;"
        "check_json('[' * 1_000_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.returncode
    assert "too deep" in done.stderr
