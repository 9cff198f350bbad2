"""Send messages through Apprise, with one receiver for each URL.

Apprise is imported at the first message.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from argosy.infrastructure.logging import redact
from argosy.infrastructure.storage.safety.notices import Level

if TYPE_CHECKING:
    from apprise import NotifyBase

_TYPES = {"info": "info", "success": "success", "warning": "warning", "error": "failure"}
# Apprise reports the reason of a refusal only in its log, which all receivers of a process share.
_one_at_a_time = threading.Lock()


class Receiver(Protocol):
    """Receiver of messages.

    `id` is stable for a URL and does not reveal it; `label` may be shown.
    """

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def fault(self) -> str | None:
        """Reason why the receiver can never take a message, or None."""
        ...

    def send(self, title: str, body: str, level: Level) -> str | None:
        """Send a message; return None on success, or else the reason without secrets.

        Never raises.
        """
        ...


class AppriseReceiver:
    """Receiver of one Apprise URL.

    A call takes as long as Apprise does: about eight seconds for an unreachable server.
    """

    fault = None

    def __init__(self, url: str, target: NotifyBase, number: int) -> None:
        self.id = _id(url)
        self.label = f"{number} ({target.service_name})"
        self._target = target

    def send(self, title: str, body: str, level: Level) -> str | None:
        from apprise import LogCapture, NotifyType

        log: Any = LogCapture
        with _one_at_a_time, log(level=logging.WARNING, fmt="%(message)s") as told:
            try:
                if self._target.notify(title=title, body=body, notify_type=NotifyType(_TYPES[level])):
                    return None
            except Exception as error:  # noqa: BLE001 - a plugin's fault only means one message not delivered
                return redact.text(f"{type(error).__name__}: {error}")
            lines = [line.strip() for line in told.getvalue().splitlines() if line.strip()]
        return redact.text(lines[-1] if lines else "refused without a word")


class UnusableReceiver:
    """Receiver of a URL that Apprise cannot use.

    It takes no message, and does not disturb other receivers.
    """

    def __init__(self, url: str, number: int) -> None:
        self.id = _id(url)
        self.label = f"{number} (unusable)"
        scheme = _SCHEME.match(url)
        self.fault = (
            f"entry {number} of notify.urls is nothing Apprise can send to: expected an Apprise URL, as "
            "tgram://<token>/<chat> or mailto://<user>:<password>@<host> (https://appriseit.com lists the forms), found "
            + (
                f"one that begins with {scheme.group()}"
                if scheme
                else "one that does not begin with <scheme>://"
            )
        )

    def send(self, title: str, body: str, level: Level) -> str | None:
        return self.fault


_SCHEME = re.compile(r"[a-z][a-z0-9]{1,15}://")


def receivers_of(urls: Sequence[SecretStr]) -> list[Receiver]:
    """Return one receiver for each URL, in order; a URL itself is never shown."""
    if not urls:
        return []
    from apprise import Apprise

    logging.getLogger("apprise").setLevel(logging.WARNING)  # lower levels print addresses and payloads
    found: list[Receiver] = []
    for number, secret in enumerate(urls, start=1):
        url = secret.get_secret_value()
        hide(url)
        try:
            target = Apprise.instantiate(url)
        except Exception:  # noqa: BLE001 - a plugin that fails on a URL cannot use it
            target = None
        found.append(
            UnusableReceiver(url, number) if target is None else AppriseReceiver(url, target, number)
        )
    return found


def hide(url: str) -> None:
    """Register possible secrets of the URL, to mask them in any log line or error.

    These are the whole URL, its password, and any part that looks like a token. In many of Apprise's forms
    the token is the host or the path.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # not a URL at all
        redact.register_secret(url)
        return
    pieces = [parts.username, *parts.netloc.rpartition("@")[2].split(":"), *parts.path.split("/")]
    pieces += [value for _, value in parse_qsl(parts.query)]
    tokens = [piece for piece in pieces if piece and _like_a_token(piece)]
    for piece in (url, parts.password, *tokens):
        redact.register_secret(piece)
        redact.register_secret(unquote(piece) if piece else None)


def _like_a_token(piece: str) -> bool:
    """Return True if the piece may be a token.

    Masking words, such as a user's name or a folder, would mask half of the log. An address is no secret.
    """
    if "." in piece:
        return False
    return len(piece) >= 16 or (len(piece) >= 8 and any(letter.isdigit() for letter in piece))


def _id(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:12]
