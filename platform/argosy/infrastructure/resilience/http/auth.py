"""Authentication schemes plug in here: they see the request exactly as it will be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from pydantic import SecretStr


@dataclass(slots=True)
class Outgoing:
    """A request about to be sent. `path` starts with "/" and holds no query; `body` is the exact text."""

    method: str
    path: str
    params: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def query(self) -> str:
        """The encoded query, character by character as it is sent."""
        return urlencode(self.params)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.params else self.path


class Auth(Protocol):
    """Adds headers, parameters or a signature. Called for each attempt, as signatures carry the time."""

    def apply(self, request: Outgoing) -> None: ...

    def renew(self) -> bool:
        """After a 401: True when new credentials were got and one more attempt makes sense."""
        ...


class HeaderAuth:
    """Fixed secret headers."""

    def __init__(self, headers: Mapping[str, SecretStr]) -> None:
        self._headers = dict(headers)

    def apply(self, request: Outgoing) -> None:
        for name, secret in self._headers.items():
            request.headers[name] = secret.get_secret_value()

    def renew(self) -> bool:
        return False
