"""Nothing outside the domains names a domain or a venue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.bootstrap.types import domains

ROOT = Path(__file__).parents[3]
FOLDERS = (
    "platform/argosy/core",
    "platform/argosy/graph",
    "platform/argosy/infrastructure",
    "platform/argosy/venuekit",
    "platform/argosy/bootstrap",
    "platform/argosy/cli",
    "workers",
    "dashboard",
)
NAMES = {
    name for each in domains().values() for name in (each.name, *each.venue_names, *each.recorded_venue_names)
}
# "pyth" is a feed of prices, and the beginning of "python" and of its C interface.
NAMED = re.compile(rf"_*(?:{'|'.join(sorted(NAMES))})(?!on|read)", re.IGNORECASE)
IMPORTED = re.compile(r"argosy\.domains\.\w")


def words(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every identifier, imported module and string outside of docstrings, with its line."""
    texts = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.alias(name=word):
                yield word, line
            case ast.FunctionDef(name=word) | ast.AsyncFunctionDef(name=word) | ast.ClassDef(name=word):
                yield word, line
            case ast.ImportFrom(module=str(word)):
                yield word, line
            case ast.keyword(arg=str(word)):
                yield word, line
            case ast.Constant(value=str(word)) if id(node) not in texts:
                yield word, line


def offenders(source: str) -> list[str]:
    return [
        f"{line}: {word[:60]}"
        for word, line in words(ast.parse(source))
        if NAMED.match(word) or IMPORTED.search(word)
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_module_names_a_domain_or_a_venue(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{each}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts
        for each in offenders(path.read_text())
    ]
    assert found == []


def test_the_front_end_names_none_either() -> None:
    word = re.compile(rf"[\"'`<\b](?:{'|'.join(sorted(NAMES))})", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "dashboard/web/src").rglob("*.ts*"))
        if ".test." not in path.name and ".fixture." not in path.name and path.name != "schema.d.ts"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if word.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "from argosy.domains.trading.market import UP",
        "x = 'trading'",
        "def binance_order(): ...",
        "f(kraken=1)",
        "import_module('argosy.domains.trading.register')",
        "class Polymarket: ...",
    ],
)
def test_every_way_of_naming_one_is_seen(source: str) -> None:
    assert offenders(source)


def test_docstrings_and_other_words_are_let_through() -> None:
    assert offenders("def f():\n    'trading'\n    return 'python', domains.__path__") == []
