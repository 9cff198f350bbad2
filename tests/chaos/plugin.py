"""The chaos nodes as a plug-in, which every process of the stack finds like any other."""

from __future__ import annotations

from pathlib import Path

from argosy.infrastructure.domain import DomainPackage
from chaos import nodes

PACKAGE = DomainPackage(name="chaos", node_modules=(nodes,))


def install(folder: Path) -> Path:
    """Make `folder` declare the plug-in's entry point, and import `start` in each process.

    The folder must be on the processes' Python path.
    """
    info = folder / "argosy_chaos-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-chaos\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[argosy.plugins]\nchaos = chaos.plugin:PACKAGE\n")
    (folder / "sitecustomize.py").write_text("import chaos.start\n")
    return folder
