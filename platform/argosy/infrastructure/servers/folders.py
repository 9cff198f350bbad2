"""Data folders of a home, for people and for backups."""

from __future__ import annotations

import os
from pathlib import Path

from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers.rootless import data_folder


def data_folders(settings: Settings) -> dict[str, Path]:
    """Return the folders to back up, by name.

    Data of external servers are not included: those servers keep them elsewhere.
    """
    home = settings.home.resolve()
    found = {"home": home}
    if settings.redis_url is None:
        found["valkey"] = home / "data" / "valkey"
    if settings.database_url is None:
        kept = data_folder(home) if os.geteuid() == 0 else home / "data" / "postgres"
        found["postgres"] = kept / "18"
    if settings.sandbox.enabled:
        found["sandbox"] = home / "sandbox"
    return found
