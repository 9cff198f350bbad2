"""The shared HTTP client of all integrations."""

from argosy.infrastructure.resilience.http.auth import Auth, HeaderAuth, Outgoing
from argosy.infrastructure.resilience.http.client import HttpClient, Timeouts
from argosy.infrastructure.resilience.http.reply import Inspect, Kind, Reply

__all__ = ["Auth", "HeaderAuth", "HttpClient", "Inspect", "Kind", "Outgoing", "Reply", "Timeouts"]
