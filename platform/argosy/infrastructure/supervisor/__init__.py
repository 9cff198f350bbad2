"""Keeps the processes of one machine running: ordered start, restart with back-off, orderly stop."""

from argosy.infrastructure.supervisor.runtime import Runtime, endpoints
from argosy.infrastructure.supervisor.spec import ProcessSpec
from argosy.infrastructure.supervisor.stack import Stack
from argosy.infrastructure.supervisor.supervisor import Supervisor
from argosy.infrastructure.supervisor.table import process_table

__all__ = ["ProcessSpec", "Runtime", "Stack", "Supervisor", "endpoints", "process_table"]
