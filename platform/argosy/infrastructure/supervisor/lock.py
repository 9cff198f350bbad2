"""Lock of a home.

The holder may start a stack there, or end processes that a dead supervisor left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from argosy.errors import ConfigError
from argosy.infrastructure.config import Settings
from argosy.infrastructure.private import private_folder
from argosy.infrastructure.processes import identity, is_alive


def _path(settings: Settings) -> Path:
    return settings.run_dir / "stack.lock"


@contextlib.contextmanager
def stack_lock(settings: Settings) -> Iterator[bool]:
    """Yield True if this process holds the home's lock, False if another process does.

    The operating system frees the lock however its holder ends. Raises `ConfigError` if the home cannot be written.
    """
    path = _path(settings)
    try:
        private_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the home folder cannot be used: {error.strerror}",
            expected="a folder that can be written",
            found=str(settings.home),
            remedy="correct its rights, or set ARGOSY_HOME to another folder",
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def name_supervisor(settings: Settings) -> None:
    """Write this process into the lock file as the supervisor. The caller holds the lock.

    A full disk does not prevent the start: the runtime file names the supervisor too.
    """
    with contextlib.suppress(OSError):
        _path(settings).write_text(identity(os.getpid()) or "")


def named_supervisor(settings: Settings) -> int | None:
    """Return the process id of the living supervisor named in the lock file, or None."""
    try:
        name = _path(settings).read_text().strip()
    except OSError:
        return None
    return int(name.partition(".")[0]) if is_alive(name) else None
