"""Make files and folders that only their owner may read.

They hold orders, accounts and the addresses of servers.
"""

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
    """Create a folder and its missing parents for this user alone; existing ones stay unchanged."""
    missing = []
    for folder in (path, *path.parents):
        if folder.exists():
            break
        missing.append(folder)
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER, exist_ok=True)
    return path


def append_privately(path: Path) -> IO[bytes]:
    """Open a file for appending, unbuffered; a new file is readable by this user alone."""
    return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, FILE))


def close_home(home: Path) -> None:
    """Remove other users' rights from the home, its folders and their files, and set the umask.

    Earlier versions left logs and the sandbox's records readable for everybody. Shared folders (like /tmp)
    and files of other accounts stay unchanged.
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
        if name != "data":  # the servers protect their own files
            yield from (entry for entry in folder.iterdir() if entry.is_file())
