"""Error tree: the drawing in the module and the classes."""

from __future__ import annotations

import re

from argosy import errors
from argosy.errors import ArgosyError


def own() -> list[type[ArgosyError]]:
    return [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, ArgosyError) and each.__module__ == errors.__name__
    ]


def test_the_drawing_is_true_to_the_classes() -> None:
    drawn: list[tuple[str, str]] = []
    path: list[str] = []
    for indent, name in re.findall(r"^( *)[*x+-] (\w+)$", errors.__doc__ or "", flags=re.MULTILINE):
        del path[len(indent) // 2 :]
        drawn.append((name, path[-1] if path else "Exception"))
        path.append(name)
    assert sorted(drawn) == sorted((each.__name__, each.__bases__[0].__name__) for each in own())


def test_every_class_has_one_base_in_the_tree() -> None:
    assert [each.__name__ for each in own() if len(each.__bases__) != 1] == []
