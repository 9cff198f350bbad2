"""Puts a mutant into a running process: the functions of its module get the changed code."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType


def functions_of(path: Path) -> list[FunctionType]:
    """Every function alive whose code comes from the file, decorated ones and methods among them."""
    name = str(path)
    alive = (each for each in gc.get_objects() if isinstance(each, FunctionType))
    return [each for each in alive if each.__code__.co_filename == name]


def swap(functions: list[FunctionType], path: Path, source: str) -> int:
    """Gives the functions the code of `source`; says how many changed. None did: the change is outside of functions."""
    codes = {_place(code): code for code in _codes(compile(source, str(path), "exec", dont_inherit=True))}
    changed = 0
    for function in functions:
        code = codes.get(_place(function.__code__))
        if code is not None and code != function.__code__:
            function.__code__ = code
            changed += 1
    return changed


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)
