"""Files and folders that only their owner may read: they hold orders, accounts and the addresses of servers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077
_INSIDE = ("run", "logs", "sandbox", "data")


def private_folder(path: Path) -> Path:
    """Make the folder and every missing one above it, for this user alone. A folder that exists stays as it is."""
    missing = []
    for folder in (path, *path.parents):
        if folder.exists():
            break
        missing.append(folder)
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER, exist_ok=True)
    return path


def append_privately(path: Path) -> IO[bytes]:
    """Open for appending, unbuffered; a new file is for this user alone."""
    return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, FILE))


def close_home(home: Path) -> None:
    """Take rights of others from the home, its folders and what lies in them, and give none to what comes.

    Earlier versions left logs and the sandbox's record readable for everybody. A folder that many use (like /tmp)
    and what belongs to other accounts stay as they are.
    """
    os.umask(_OTHERS)
    private_folder(home)
    for path in (home, *_below(home)):
        found = path.lstat()
        shared = bool(found.st_mode & stat.S_ISVTX)
        if (
            found.st_uid == os.geteuid()
            and found.st_mode & _OTHERS
            and not shared
            and not stat.S_ISLNK(found.st_mode)
        ):
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)


def _below(home: Path) -> Iterator[Path]:
    for name in _INSIDE:
        folder = home / name
        if not folder.is_dir() or folder.is_symlink():
            continue
        yield folder
        if name != "data":  # the servers keep their own
            yield from (entry for entry in folder.iterdir() if entry.is_file())
