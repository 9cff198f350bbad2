"""The person at the command line, and their reason, for the audit."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from argosy.core.safety.audit import Actor

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the audit.")]
"""Type of the parameter `reason: ReasonOption = ""` of commands that change something."""


def actor() -> Actor:
    """Return the operating system's user on this machine."""
    from argosy.core.safety.audit import Actor

    return Actor(id=getpass.getuser(), origin="cli", address=socket.gethostname())
