"""Short directories for Unix sockets, and free TCP ports."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Collection
from pathlib import Path

from argosy.errors import Unavailable

# sun_path holds 108 bytes on Linux and 104 on macOS, including the terminating zero.
SOCKET_PATH_LIMIT = 100


def socket_dir(preferred: Path, socket_name: str, owner_uid: int | None = None) -> Path:
    """Return a private directory in which `socket_name` fits the operating system's limit.

    The result is `preferred` if that is short enough. Otherwise its hash names a directory in the user's runtime
    folder or the temporary folder. The directory gets mode 0700; with `owner_uid` (root only) it gets that owner.

    Raises `Unavailable` if the directory belongs to another user.
    """
    directory = preferred
    if len(os.fsencode(preferred / socket_name)) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:10]
        base = os.environ.get("XDG_RUNTIME_DIR") if owner_uid is None else None
        if not base or len(base) > SOCKET_PATH_LIMIT // 2 or not os.access(base, os.W_OK):
            base = tempfile.gettempdir()
        directory = Path(base) / f"argosy-{os.getuid()}-{digest}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner_uid is not None and directory.stat().st_uid == os.geteuid():
        os.chown(directory, owner_uid, -1)
    expected = os.geteuid() if owner_uid is None else owner_uid
    found = directory.lstat().st_uid
    if directory.is_symlink() or found != expected:
        raise Unavailable(
            "the folder for a server's socket is not ours",
            expected=f"{directory} owned by uid {expected}",
            found="a symbolic link" if directory.is_symlink() else f"uid {found}",
            remedy="remove that folder, or set ARGOSY_HOME to a shorter path",
        )
    directory.chmod(0o700)
    return directory


def free_port(
    host: str = "127.0.0.1", preferred: int = 0, tries: int = 50, *, but: Collection[int] = ()
) -> int:
    """Return `preferred` if it can be bound on `host`, else the next free port above it.

    0 means any free port. Ports in `but` count as taken. Raises `Unavailable` if none is free.
    """
    candidates = range(preferred, min(preferred + tries, 65536)) if preferred else (0,)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in candidates:
        if port in but:
            continue
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable(
        f"no free port on {host}",
        expected=f"a free port between {preferred} and {preferred + tries - 1}",
        found="all of them in use",
        remedy="set another port in the settings, or stop what holds these",
    )
