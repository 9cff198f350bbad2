"""Written pages and their contents: fenced blocks, links, inline code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_ASSIGNED = re.compile(r"[A-Z_]+=")

SHELL = {"sh", "console"}
LASTING = ("celery ", "python -P -m ", "argosy sandbox")
"""Commands that run until they are stopped."""
NEEDS_STACK = {
    "status",
    "doctor",
    "bots",
    "schedules",
    "runs",
    "events",
    "db",
    "prepare",
    "ledger",
    "capital",
    "risk",
    "audit",
    "notify",
    "emergency",
    "halt",
    "alert",
    "shutdown",
    "resume",
}


@dataclass(frozen=True)
class Block:
    """Fenced block; `line` is the first line of its text."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Commands, one a line, without prompts and comments; continued lines are joined."""
        joined = self.text.replace("\\\n", " ")
        lines = (line.strip().removeprefix("$ ") for line in joined.splitlines())
        return [line for line in lines if line and not line.startswith("#")]

    @property
    def lasting(self) -> bool:
        return any(words(command)[1].startswith(LASTING) for command in self.commands)

    @property
    def needs_stack(self) -> bool:
        return any(command.split()[:2][-1] in NEEDS_STACK for command in self.commands)


def words(command: str) -> tuple[dict[str, str], str]:
    """Return the leading `NAME=value` words, and the command behind them."""
    parts = command.split(" ")
    env = {}
    while parts and _ASSIGNED.match(parts[0]):
        name, _, value = parts.pop(0).partition("=")
        env[name] = value
    return env, " ".join(parts)


def argv(command: str) -> list[str]:
    return shlex.split(words(command)[1])


def pages() -> list[Path]:
    """Return every page that people read, generated ones included."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of all pages, in order; all languages if none is named."""
    return [
        block for page in pages() for block in _blocks(page) if not languages or block.language in languages
    ]


def shell_blocks() -> list[Block]:
    return blocks(*sorted(SHELL))


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, found.start()) + 2, found[1], found[2])


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[tuple[bool, str]]:
    """Return the links: True for a picture, and the target."""
    return [(found[1] == "!", found[2]) for found in _LINK.finditer(prose(page))]


def inline(page: Path) -> list[str]:
    return _INLINE.findall(prose(page))


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}
