"""Docstrings of the product's modules, and the texts in them that people read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("platform", "workers", "dashboard")
_SAID = frozenset({"debug", "info", "warning", "error", "exception", "critical", "success"})
_KEYWORDS = frozenset(
    {"expected", "found", "remedy", "title", "text", "reason", "description", "help", "epilog"}
)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of English. `kind`: "docstring", or "message" for errors, alarms, log lines and help."""

    path: str
    line: int
    kind: str
    text: str


def paths(root: Path = ROOT) -> Iterator[Path]:
    """Every module of the product; migrations are left as they were released."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            if not {"node_modules", "versions"} & set(path.parts):
                yield path
    yield root / "beat_schedule.py"


def texts(path: Path, root: Path = ROOT) -> Iterator[Text]:
    """All of one module, in order of their lines."""
    name = path.relative_to(root).as_posix()
    tree = ast.parse(path.read_text())
    found = [*_docstrings(tree, name), *_messages(tree, name)]
    yield from sorted(found, key=lambda each: each.line)


def _docstrings(tree: ast.Module, name: str) -> Iterator[Text]:
    """Those of modules, classes and functions, and those of the names assigned right before them."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for before, each in zip([None, *body], body, strict=False):
            text = _text_of(each)
            first = before is None and documented
            if text is not None and (first or isinstance(before, ast.Assign | ast.AnnAssign)):
                yield Text(name, each.lineno, "docstring", text)


def _text_of(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return value if isinstance(value, str) else None
    return None


def _messages(tree: ast.Module, name: str) -> Iterator[Text]:
    if name.endswith("/prediction/wire/signed_order.py"):
        return  # refusals in the venue's own words, which clients compare
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args[:1]:
                yield from _literal(argument, name)
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAID and node.args:
            yield from _literal(node.args[0], name)
        for keyword in node.keywords:
            if keyword.arg in _KEYWORDS:
                yield from _literal(keyword.value, name)


def _literal(node: ast.expr, name: str) -> Iterator[Text]:
    """The words of a literal; what an f-string inserts counts as one word."""
    text = None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "`x`" for part in node.values)
    if text:
        yield Text(name, node.lineno, "message", text)
