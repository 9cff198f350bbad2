"""Write packages and documents from templates."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from argosy.errors import Conflict, InvalidInput
from argosy.venuekit.domain import API_VERSION

_SUFFIX = ".tmpl"
_PLACE = "NAME"
"""Stands for the name in a template's path."""


def check_name(name: str) -> str:
    """Return the name. Raises InvalidInput if it cannot be the name of a Python package."""
    plain = name.isidentifier() and name.isascii() and name == name.lower()
    if not plain or keyword.iskeyword(name) or name.startswith("_") or name in ("argosy", "test", "tests"):
        raise InvalidInput(
            "this name cannot be used, so nothing is written",
            expected="lower-case letters, digits and _, beginning with a letter, such as my_venue",
            found=name,
        )
    return name


def render(kind: str, name: str) -> dict[str, str]:
    """Return the files of a template by their path, with the name filled in."""
    words = {
        "{{name}}": name,
        "{{Class}}": "".join(part.capitalize() for part in name.split("_")),
        "{{ENV}}": name.upper(),
        "{{api}}": str(API_VERSION),
    }
    found: dict[str, str] = {}
    for path, source in _walk(files(__package__) / "templates" / kind):
        text = source.read_text("utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        found[path.removesuffix(_SUFFIX).replace(_PLACE, name)] = text
    return found


def write_package(kind: str, name: str, parent: Path) -> list[Path]:
    """Write a package into a new folder with its name. Raises InvalidInput, Conflict."""
    return _write(parent / check_name(name), render(kind, name), new_folder=True)


def write_documents(kind: str, name: str, parent: Path) -> list[Path]:
    """Write documents into an existing folder. Raises InvalidInput, Conflict."""
    return _write(parent, render(kind, check_name(name)), new_folder=False)


def _write(folder: Path, texts: dict[str, str], *, new_folder: bool) -> list[Path]:
    places = {folder / path: text for path, text in sorted(texts.items())}
    taken = [folder] if new_folder and folder.exists() else [path for path in places if path.exists()]
    if taken:
        raise Conflict(
            f"{taken[0]} exists already, so nothing is written", remedy="choose another name, or move it away"
        )
    for path, text in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(places)


def _walk(folder: Traversable, under: str = "") -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _walk(item, f"{under}{item.name}/")
        elif item.name.endswith(_SUFFIX):
            yield under + item.name, item
