"""Operating-system account that runs PostgreSQL when Argosy is started by root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Tried in this order; no account is created. `nobody` exists everywhere.
CANDIDATES = ("argosy", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """Account other than root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_data(cls, data: Path) -> SystemAccount | None:
        """Return the account that runs a server on `data`; None if the current user is not root.

        An existing data folder keeps its owner.
        """
        if os.geteuid() != 0:
            return None
        if data.exists() and (owner := data.stat().st_uid) != 0:
            try:
                entry = pwd.getpwuid(owner)
            except KeyError:
                return cls(str(owner), owner, data.stat().st_gid)
            return cls(entry.pw_name, owner, entry.pw_gid)
        for name in CANDIDATES:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        return cls("65534", 65534, 65534)

    @property
    def spawn_options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def can_pass(account: SystemAccount, path: Path) -> bool:
    """Return True if the account can reach and read `path` through every folder above it."""
    folders = (path, *path.resolve().parents)
    return all(_may(account, folder.stat(), stat.S_IXOTH) for folder in folders)


def _may(account: SystemAccount, found: os.stat_result, right: int) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & right << 6)
    if found.st_gid == account.gid:
        return bool(found.st_mode & right << 3)
    return bool(found.st_mode & right)
