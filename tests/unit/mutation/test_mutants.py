"""What `make mutate` changes, that a change is one while it lasts, and that what is explained is still there."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest
from mutation.mutants import places
from mutation.plan import PARTS, ROOT, SOURCE, dotted
from mutation.swap import functions_of, swap

TEXT = """\
from functools import wraps


def kept(function):
    @wraps(function)
    def inner(*args):
        return function(*args)
    return inner


@kept
def within(amount, limit):
    return (
        amount <= limit
        and not amount < 0
    )


class Each:
    allowed = staticmethod(lambda name: name in ("a", "b"))

    @property
    def known(self):
        return tuple(one for one in (1, 2, None) if one is not None)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("mutation.plan.SOURCE", tmp_path)
    file = tmp_path / "sample.py"
    file.write_text(TEXT)
    return file


def test_every_comparison_and_every_word_between_them_is_changed(path: Path) -> None:
    made = [place.mutant() for place in places(path)]
    assert {mutant.module for mutant in made} == {"sample"}
    assert sorted(mutant.becomes for mutant in made if mutant.line == 14) == [
        "amount != limit", "amount < limit", "amount == limit", "amount > limit", "amount >= limit",
    ]  # fmt: skip
    others = sorted((mutant.line, mutant.becomes) for mutant in made if mutant.line != 14)
    assert [(line, becomes) for line, becomes in others if line != 15] == [
        (20, 'allowed = staticmethod(lambda name: name not in ("a", "b"))'),
        (24, "return tuple(one for one in (1, 2, None) if one is None)"),
    ]
    assert [becomes for line, becomes in others if line == 15] == [
        "and amount < 0", "and not amount != 0", "and not amount <= 0", "and not amount == 0",
        "and not amount > 0", "and not amount >= 0", "or not amount < 0",
    ]  # fmt: skip


def test_a_change_reaches_functions_that_are_decorated_nested_or_methods(path: Path) -> None:
    spec = importlib.util.spec_from_file_location("sample", path)
    assert spec is not None and spec.loader is not None
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    functions = functions_of(path)

    def says() -> tuple[object, ...]:
        each = sample.Each()
        return sample.within(5, 5), sample.within(-1, 5), each.allowed("a"), each.known

    assert says() == (True, False, True, (1, 2))
    changed = set()
    for place in places(path):
        assert swap(functions, path, place.mutant().source) == 1
        changed.add(says())
        assert swap(functions, path, TEXT) == 1
        assert says() == (True, False, True, (1, 2))
    assert {
        (True, False, False, (1, 2)),
        (True, False, True, (None,)),
        (False, False, True, (1, 2)),
    } < changed


def test_what_is_explained_is_still_written_so() -> None:
    modules = {dotted(path): path for part in PARTS for path in part.paths()}
    entries = tomllib.loads((ROOT / "tests" / "mutation" / "equivalent.toml").read_text())["equivalent"]
    for each in entries:
        lines = [" ".join(line.split()) for line in modules[each["module"]].read_text().splitlines()]
        assert each["was"] in lines, f"{each['module']} has changed: {each['was']}"
        assert each["was"] != each["becomes"] and each["why"]


def test_every_module_of_the_plan_is_there() -> None:
    for part in PARTS:
        for glob in part.modules:
            assert list(SOURCE.glob(glob)), glob
        for tests in part.tests:
            assert (ROOT / tests).exists(), tests
