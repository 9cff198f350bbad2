"""Every error and alarm code is on the page that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support.pages import ROOT

from argosy.core.safety.emergency import EmergencyState
from argosy.errors import ArgosyError

PAGE = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text()
SOURCES = ("platform", "workers", "beat_schedule.py")
RAISED = re.compile(r'(?:"code": |code=|_alarm\(ctx, plan, |_alarm_of\(|raise_alarm\(ports, )"([a-z_.]+)"')
LEFT_OUT = {"usage", "too_many_nodes", "parameter_invalid", "cycle", "foreign_document"}
"""Problems that `argosy workflow validate` lists with its own words, and the command line's own usage."""


def errors(kind: type[ArgosyError] = ArgosyError) -> Iterator[str]:
    yield kind.code
    for each in kind.__subclasses__():
        if each.__module__ == ArgosyError.__module__:
            yield from errors(each)


def raised() -> Iterator[str]:
    for name in SOURCES:
        path = ROOT / name
        for file in [path] if path.is_file() else path.rglob("*.py"):
            yield from RAISED.findall(file.read_text())


@pytest.mark.parametrize("code", sorted({*errors(), *raised()} - LEFT_OUT))
def test_the_code_is_explained(code: str) -> None:
    assert f"`{code}`" in PAGE


def test_the_states_that_deny_are_explained() -> None:
    for state in (EmergencyState.ALERT, EmergencyState.HALT, EmergencyState.SHUTDOWN):
        assert f"`emergency.{state.name.lower()}`" in PAGE
