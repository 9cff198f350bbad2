"""The chaos nodes as a plug-in, found by every process of the stack as any other plug-in is; and what is not as it is."""

from __future__ import annotations

import os
from pathlib import Path

from argosy.bootstrap import endpoints
from argosy.infrastructure.domain import DomainPackage
from chaos import nodes

PACKAGE = DomainPackage(name="chaos", node_modules=(nodes,))
VENUE = "CHAOS_VENUE"
"""Environment variable with the address at which a process reaches the venue, where it is not the sandbox's own."""


def install(folder: Path) -> Path:
    """Makes `folder` (to be put on the path of the processes) declare the plug-in's entry point, and step clocks."""
    info = folder / "argosy_chaos-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-chaos\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[argosy.plugins]\nchaos = chaos.plugin:PACKAGE\n")
    (folder / "sitecustomize.py").write_text("import chaos.clock  # noqa: F401\n")
    return folder


if os.environ.get(VENUE):
    endpoints.sandbox_url_of = lambda settings: os.environ[VENUE]
