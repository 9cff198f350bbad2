"""A domain from outside: hours of power, bought and sold at an exchange, and a meter that charges by itself.

It uses public names only, as a plug-in package does. `install` puts it where entry points are searched.
"""

from __future__ import annotations

from pathlib import Path


def install(folder: Path) -> Path:
    """Make `folder`, which must be on the Python path, declare the plug-in."""
    info = folder / "argosy_electricity-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-electricity\nVersion: 1\n")
    entry = "electricity = support.electricity.register:PACKAGE"
    (info / "entry_points.txt").write_text(f"[argosy.plugins]\n{entry}\n")
    return folder
