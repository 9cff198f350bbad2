"""Data folder of PostgreSQL when root starts it.

PostgreSQL refuses to run as root, so it runs as another account. That account cannot enter root's folders, and they
stay closed. The data therefore go to a folder that the account can reach, without opening any folder to other
users.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from loguru import logger

from argosy.errors import Unavailable
from argosy.infrastructure.servers.account import SystemAccount, can_pass

SHARED = Path("/var/lib/argosy")


def data_folder(home: Path, base: Path = SHARED) -> Path:
    """Return the PostgreSQL folder of a home under `base`; a file `home` in it names the home."""
    return base / hashlib.sha256(os.fsencode(home)).hexdigest()[:16] / "postgres"


def make_way(data: Path, account: SystemAccount, home: Path) -> None:
    """Create the folders above `data`, passable for the account only. Raises `Unavailable`."""
    own = data.parent.parent
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        own.parent.chmod(0o711)
        own.mkdir(mode=0o710, exist_ok=True)
        os.chown(own, 0, account.gid)
        own.chmod(0o710)
        name = own / "home"
        name.touch(mode=0o600)
        name.write_text(f"{home}\n")
        data.parent.mkdir(mode=0o700, exist_ok=True)
        os.chown(data.parent, account.uid, account.gid)
    except OSError as error:
        raise Unavailable(
            "there is no folder for the data of the embedded PostgreSQL",
            expected=f"{own} to be writable: root's PostgreSQL runs as {account.name}, who cannot enter {home}",
            found=error.strerror or str(error),
            remedy="run as an ordinary user, or set ARGOSY_DATABASE_URL to a PostgreSQL server of your own",
        ) from None


def remove_orphans(base: Path = SHARED) -> list[Path]:
    """Remove the data of homes that no longer exist, and return the removed folders.

    For tests and temporary homes.
    """
    removed = []
    for name in base.glob("*/home"):
        if not Path(name.read_text().rstrip("\n")).exists():
            shutil.rmtree(name.parent, ignore_errors=True)
            removed.append(name.parent)
    return removed


def move_data(old: Path, new: Path, account: SystemAccount) -> None:
    """Move the data of an earlier version's home, completely or not at all.

    No server may run on them.
    """
    logger.info("the data of PostgreSQL move from {} to {}", old, new)
    try:
        old.rename(new)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    fresh = new.with_name(new.name + ".moving")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(old, fresh, symlinks=True)
    for folder, folders, files in os.walk(fresh):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, account.uid, account.gid, follow_symlinks=False)
    os.chown(fresh, account.uid, account.gid)
    os.sync()
    fresh.rename(new)
    shutil.rmtree(old)


def binaries_for(account: SystemAccount, binaries: Path, base: Path = SHARED) -> Path:
    """Return a folder with binaries that the account can run.

    This is `binaries` itself if possible, else a copy of the whole installation.
    """
    if can_pass(account, binaries / "postgres"):
        return binaries
    installed = binaries.parent
    package = installed.parent
    stamp = f"with libraries\n{installed}\n{(binaries / 'postgres').stat().st_mtime_ns}"
    copy = base / "programs" / hashlib.sha256(stamp.encode()).hexdigest()[:16]
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        base.chmod(0o711)
        copy.parent.chmod(0o755)
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(installed, fresh / package.name / installed.name, symlinks=True)
        libraries = package.with_name(
            f"{package.name}.libs"
        )  # the programs look for them beside their package
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for folder in (fresh, *(Path(at) / name for at, names, _ in os.walk(fresh) for name in names)):
            folder.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            shutil.rmtree(fresh)  # another process has made the same copy meanwhile
    return copy / package.name / installed.name / binaries.name
