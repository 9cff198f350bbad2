"""Where messages go: Apprise, one receiver a URL. Apprise is imported when there is something to send."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from argosy.errors import ConfigError
from argosy.infrastructure.logging import redact
from argosy.infrastructure.storage.notices import Level

if TYPE_CHECKING:
    from apprise import NotifyBase

_TYPES = {"info": "info", "success": "success", "warning": "warning", "error": "failure"}
# Apprise tells why a message was refused only in its log, which all receivers of a process share.
_one_at_a_time = threading.Lock()


class Receiver(Protocol):
    """`id` is stable for a URL and says nothing of it; `label` may be shown."""

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...

    def send(self, title: str, body: str, level: Level) -> str | None:
        """None when it was taken, else why not, without secrets. Never raises."""
        ...


class AppriseReceiver:
    """One Apprise URL. Blocks for as long as Apprise does (about eight seconds for a server that is away)."""

    def __init__(self, url: str, target: NotifyBase, number: int) -> None:
        self.id = hashlib.sha256(url.encode()).hexdigest()[:12]
        self.label = f"{number} ({target.service_name})"
        self._target = target

    def send(self, title: str, body: str, level: Level) -> str | None:
        from apprise import LogCapture, NotifyType

        log: Any = LogCapture
        with _one_at_a_time, log(level=logging.WARNING, fmt="%(message)s") as told:
            try:
                if self._target.notify(title=title, body=body, notify_type=NotifyType(_TYPES[level])):
                    return None
            except Exception as error:  # noqa: BLE001 - a plugin's fault is a message not delivered, no more
                return redact.text(f"{type(error).__name__}: {error}")
            lines = [line.strip() for line in told.getvalue().splitlines() if line.strip()]
        return redact.text(lines[-1] if lines else "refused without a word")


def receivers_of(urls: Sequence[SecretStr]) -> list[Receiver]:
    """Raises ConfigError for a URL that Apprise does not understand; the URL itself is never shown."""
    if not urls:
        return []
    from apprise import Apprise

    logging.getLogger("apprise").setLevel(logging.WARNING)  # its finer levels print addresses and payloads
    found: list[Receiver] = []
    for number, secret in enumerate(urls, start=1):
        url = secret.get_secret_value()
        hide(url)
        target = Apprise.instantiate(url)
        if target is None:
            raise ConfigError(
                f"receiver {number} of notify.urls is nothing Apprise can send to",
                expected="an Apprise URL, as tgram://<token>/<chat> or mailto://<user>:<password>@<host>",
                found=f"one that begins with {url.partition('://')[0][:20]}://",
                remedy="https://appriseit.com lists the forms",
            )
        found.append(AppriseReceiver(url, target, number))
    return found


def hide(url: str) -> None:
    """Registers what may be secret in the URL, for any log line or error: all of it, the password, and whatever
    looks like a token wherever it stands (in many of Apprise's forms that is the host or the path)."""
    parts = urlsplit(url)
    pieces = [parts.username, *parts.netloc.rpartition("@")[2].split(":"), *parts.path.split("/")]
    pieces += [value for _, value in parse_qsl(parts.query)]
    tokens = [piece for piece in pieces if piece and _like_a_token(piece)]
    for piece in (url, parts.password, *tokens):
        redact.register_secret(piece)
        redact.register_secret(unquote(piece) if piece else None)


def _like_a_token(piece: str) -> bool:
    """A word, as a user's name or a folder, would black out half of the log; an address is no secret."""
    if "." in piece:
        return False
    return len(piece) >= 16 or (len(piece) >= 8 and any(letter.isdigit() for letter in piece))
