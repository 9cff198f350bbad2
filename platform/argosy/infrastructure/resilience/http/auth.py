"""Authentication schemes: each sees the request exactly as it will be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from pydantic import SecretStr


@dataclass(slots=True)
class Outgoing:
    """A request about to be sent.

    `path` starts with "/" and has no query; `body` is the exact text.
    """

    method: str
    path: str
    params: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def query(self) -> str:
        """Encoded query, character by character as sent."""
        return urlencode(self.params)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.params else self.path


class Auth(Protocol):
    """Scheme that adds headers, parameters or a signature.

    `apply` is called for each attempt, because signatures contain the time.
    """

    def apply(self, request: Outgoing) -> None: ...

    def renew(self) -> bool:
        """Get new credentials after a 401; return True if another attempt makes sense."""
        ...


class HeaderAuth:
    """Authentication by fixed secret headers."""

    def __init__(self, headers: Mapping[str, SecretStr]) -> None:
        self._headers = dict(headers)

    def apply(self, request: Outgoing) -> None:
        for name, secret in self._headers.items():
            request.headers[name] = secret.get_secret_value()

    def renew(self) -> bool:
        return False
