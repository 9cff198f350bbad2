"""Who types: for the audit, with the reason they give."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from argosy.core.audit import Actor

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the audit.")]
"""The type of the parameter `reason: ReasonOption = ""` of commands that change something."""


def actor() -> Actor:
    """The operating system's user on this machine."""
    from argosy.core.audit import Actor

    return Actor(id=getpass.getuser(), origin="cli", address=socket.gethostname())
