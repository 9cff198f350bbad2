"""Address of the sandbox server in this machine's stack."""

from __future__ import annotations

from argosy.infrastructure.config import Settings
from argosy.infrastructure.supervisor.runtime import RunningStack


def sandbox_url_of(settings: Settings) -> str | None:
    """Return the base URL of the sandbox, None if it is switched off.

    The running stack's runtime file has the address. Otherwise it comes from the settings; a stack sets the port
    there for its processes.
    """
    if not settings.sandbox.enabled:
        return None
    stack = RunningStack.at_work(settings)
    if stack is not None and "sandbox" in stack.urls:
        return stack.urls["sandbox"]
    return f"http://{settings.sandbox.host}:{settings.sandbox.port}"
