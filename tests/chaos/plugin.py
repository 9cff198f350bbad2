"""The chaos nodes as a plug-in, which every process of the stack finds like any other."""

from __future__ import annotations

from pathlib import Path

from argosy.venuekit.domain import DomainPackage
from chaos import nodes

PACKAGE = DomainPackage(name="chaos", api=1, node_modules=(nodes,))


def install(folder: Path) -> Path:
    """Make `folder` declare the plug-in's entry point, and import `start` in each process.

    The folder must be on the processes' Python path.
    """
    info = folder / "argosy_chaos-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    _write(info / "METADATA", "Metadata-Version: 2.1\nName: argosy-chaos\nVersion: 1\n")
    _write(info / "entry_points.txt", "[argosy.plugins]\nchaos = chaos.plugin:PACKAGE\n")
    _write(folder / "sitecustomize.py", "import chaos.start\n")
    return folder


def _write(path: Path, text: str) -> None:
    """Write the file unless it is there: the disk may be full."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
