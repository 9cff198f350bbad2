"""Where the local venue server of this machine's stack is reached."""

from __future__ import annotations

from argosy.infrastructure.config import Settings
from argosy.infrastructure.supervisor.runtime import Runtime


def sandbox_url_of(settings: Settings) -> str | None:
    """Base URL of the sandbox; None when it is switched off.

    Processes of a stack are told its port; any other process finds it in the stack's runtime file.
    """
    if not settings.sandbox.enabled:
        return None
    stack = Runtime.at_work(settings)
    if stack is not None and "sandbox" in stack.urls:
        return stack.urls["sandbox"]
    return f"http://{settings.sandbox.host}:{settings.sandbox.port}"
