"""Keep the keys of venues in `credentials.toml` in the home folder.

Only the file's owner may read it.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.errors import ConfigError, InvalidInput
from argosy.infrastructure.private import FILE, private_folder

FILE_NAME = "credentials.toml"
_OTHERS = 0o077
_LONGEST = 4_096


def read_credentials(home: Path) -> dict[str, Any]:
    """Return the keys by domain and venue; empty without the file.

    Raises ConfigError if other users may read the file, or if it is not TOML.
    """
    path = home / FILE_NAME
    try:
        found = path.stat()
        if found.st_mode & _OTHERS:
            raise ConfigError(
                f"{path} can be read by others",
                expected="mode 0600",
                found=f"mode {found.st_mode & 0o777:04o}",
                remedy=f"`chmod 600 {path}`, and change the keys if others use this machine",
            )
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", remedy="check its rights") from None
    except (
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
    ):  # the parser's message may contain a key: do not show it
        raise ConfigError(
            f"{path} cannot be read", expected="TOML", remedy="set the credentials anew, or remove the file"
        ) from None


def keep_credentials(home: Path, domain: str, venue: str, values: Mapping[str, str]) -> Path:
    """Replace the keys of a venue, or remove them if `values` is empty.

    The file changes as a whole or not at all. Raises InvalidInput.
    """
    for name, value in values.items():
        if not value.isprintable() or len(value) > _LONGEST:
            raise InvalidInput(
                f"{name} cannot be a key",
                expected=f"printable characters in one line, at most {_LONGEST}",
                found=f"{len(value)} characters",
            )
    everything = read_credentials(home)
    everything.setdefault(domain, {})[venue] = dict(values)
    path = private_folder(home) / FILE_NAME
    fresh = path.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
    with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, FILE)) as file:
        file.write(_toml(everything).encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return path


def _toml(everything: Mapping[str, Any]) -> str:
    lines = ["# Written by `argosy credentials set`. For this user alone: mode 0600."]
    for domain, venues in sorted(everything.items()):
        for venue, values in sorted(venues.items()):
            if values:
                lines += ["", f"[{domain}.{venue}]"]
                lines += [
                    f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()
                ]
    return "\n".join(lines) + "\n"
