"""The chaos nodes as a plug-in, found by every process of the stack as any other plug-in is."""

from __future__ import annotations

from pathlib import Path

from argosy.infrastructure.domain import DomainPackage
from chaos import nodes

PACKAGE = DomainPackage(name="chaos", node_modules=(nodes,))


def install(folder: Path) -> Path:
    """Makes `folder` (to be put on the path of the processes) declare the plug-in's entry point, and
    change what `start` changes."""
    info = folder / "argosy_chaos-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-chaos\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[argosy.plugins]\nchaos = chaos.plugin:PACKAGE\n")
    (folder / "sitecustomize.py").write_text("import chaos.start\n")
    return folder
