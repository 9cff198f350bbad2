"""The one error tree.

Every error says whether trying again can help (`retryable`), which HTTP status it maps to, and carries a
stable `code`. Messages say what was expected, what was found and what to do; the same three are kept as
fields so that the CLI and the API can lay them out.
"""

from __future__ import annotations

from typing import Any, ClassVar

from argosy.text import clean_text


class ArgosyError(Exception):
    """Base of every error Argosy raises on purpose."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
        **details: Any,
    ) -> None:
        message = clean_text(message)  # venues and documents speak in it
        super().__init__(message)
        self.message = message
        self.expected = None if expected is None else clean_text(expected)
        self.found = None if found is None else clean_text(found)
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        if self.remedy:
            parts.append(self.remedy)
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form, the body of `{"error": …}` on every surface."""
        return {
            "code": self.code,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
            "remedy": self.remedy,
            "details": self.details,
        }


class ConfigError(ArgosyError):
    """A setting is missing, unknown or out of range."""

    code = "config_invalid"
    http_status = 500


class NotRunning(ArgosyError):
    """The stack this command needs is not up."""

    code = "not_running"
    http_status = 503


class InvalidInput(ArgosyError):
    """Input from outside does not fit its model."""

    code = "invalid_input"
    http_status = 422


class UnsupportedMediaType(InvalidInput):
    """A body is of another media type than the one that is read here."""

    code = "unsupported_media_type"
    http_status = 415


class WorkflowInvalid(InvalidInput):
    """A workflow document has problems; `details["problems"]` lists every one."""

    code = "workflow_invalid"


class UnknownNodeType(WorkflowInvalid):
    """This process does not know a node type of the workflow: another version, or a plug-in is missing."""

    code = "unknown_node_type"


class NotFound(ArgosyError):
    code = "not_found"
    http_status = 404


class Conflict(ArgosyError):
    """The thing changed meanwhile, or already exists."""

    code = "conflict"
    http_status = 409


class Forbidden(ArgosyError):
    code = "forbidden"
    http_status = 403


# --- engine -----------------------------------------------------------------------------------------------


class NodeError(ArgosyError):
    """A node failed; its outcome is recorded and never escapes into the canvas."""

    code = "node_failed"


class NodeTimeout(NodeError):
    code = "node_timeout"
    retryable = True


class NodeHeld(NodeTimeout):
    """A node did not stop at its time limit: its worker had to be ended, so it is not tried again."""

    retryable = False


class NodeExit(NodeError):
    """A node's code raised what would have ended its process: `sys.exit()`, KeyboardInterrupt and the like."""

    code = "node_exit"


class AwaitingHuman(NodeError):
    """A gate waits for a person's answer; it looks again by its retry policy."""

    code = "awaiting_human"
    retryable = True
    http_status = 409


class OutputInvalid(NodeError):
    """A node returned something that does not fit its declared outputs, or is too large."""

    code = "output_invalid"


class RunGone(ArgosyError):
    """The run's state is not in the store: it expired or never was."""

    code = "run_gone"
    http_status = 404


class EventsTrimmed(ArgosyError):
    """The events asked for are older than the stream's first entry; take a fresh snapshot."""

    code = "events_trimmed"
    http_status = 410


# --- infrastructure ---------------------------------------------------------------------------------------


class Unavailable(ArgosyError):
    """A server of ours (Redis, Postgres) does not answer."""

    code = "unavailable"
    retryable = True
    http_status = 503


class BooksBehind(ArgosyError):
    """The database was restored from an older backup: it lacks what was done since."""

    code = "books.behind"
    http_status = 409


class CircuitOpen(ArgosyError):
    """The circuit breaker of this venue or endpoint is open: calls are refused for a while."""

    code = "circuit_open"
    retryable = True
    http_status = 503


# --- venues -----------------------------------------------------------------------------------------------


class VenueError(ArgosyError):
    """Anything a venue answered that is not success."""

    code = "venue_error"
    http_status = 502


class VenueUnavailable(VenueError):
    """No usable answer from the venue on a read, or it says it is down: trying again can help."""

    code = "venue_unavailable"
    retryable = True


class VenueTimeout(VenueUnavailable):
    code = "venue_timeout"


class RateLimited(VenueError):
    """The venue, or our own limiter, refuses for now; `retry_after_s` says how long."""

    code = "rate_limited"
    retryable = True
    http_status = 429

    def __init__(self, message: str, *, retry_after_s: float = 1.0, **kwargs: Any) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **kwargs)
        self.retry_after_s = retry_after_s


class AuthFailed(VenueError):
    code = "auth_failed"


class PermissionRefused(VenueError):
    code = "permission_refused"


class VenueNotFound(VenueError):
    """The venue does not know the market, order or asset."""

    code = "venue_not_found"


class BadReply(VenueError):
    """The venue's answer cannot be read."""

    code = "bad_reply"
    retryable = True


class InconsistentReply(BadReply):
    """The venue's answer can be read and cannot be true, or does not tell what must be booked."""

    code = "inconsistent_reply"


class OrderRejected(VenueError):
    """The venue refused the order (we refusing it is `OrderDenied`)."""

    code = "order_rejected"


class InsufficientFunds(OrderRejected):
    code = "insufficient_funds"


class DuplicateOrder(OrderRejected):
    code = "duplicate_order"


class UnknownOutcome(VenueError):
    """A write whose fate is not known (timeout, dropped connection, 5xx): look it up, never send again."""

    code = "unknown_outcome"


# --- market data and actions ------------------------------------------------------------------------------


class StaleData(ArgosyError):
    """The data is older than the limit; stale is an error, not a price."""

    code = "stale_data"
    retryable = True


class NoQuote(ArgosyError):
    """The book is empty, locked or crossed: there is no price."""

    code = "no_quote"
    retryable = True


class SettlementChanged(ArgosyError):
    """The market settles by a rule this strategy was not written for."""

    code = "settlement_changed"


class OrderDenied(ArgosyError):
    """We refused the action before it reached the venue (emergency state, risk, capital)."""

    code = "order_denied"
    http_status = 409


class NeverSent(OrderDenied):
    """Nothing of the action left this process, and nothing will: its deadline passed, or it was given up before."""

    code = "never_sent"


class ModeRefused(OrderDenied):
    """Live mode was asked for without all that it needs."""

    code = "mode_refused"
