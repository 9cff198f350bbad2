"""Error tree of Argosy.

Every error has a stable `code`, an HTTP status, and `retryable`: True if another attempt can help. Messages say
the expected state, the actual state and the remedy. The same three are fields, so that CLI and API can lay them
out.

* ArgosyError
  x ConfigError
  x NotRunning
  x InvalidInput
    + UnsupportedMediaType
    + WorkflowInvalid
      - UnknownNodeType
  x NotFound
  x Conflict
  x Forbidden
  x NodeError
    + NodeTimeout
      - NodeHeld
    + NodeExit
    + AwaitingHuman
    + OutputInvalid
  x RunGone
  x EventsTrimmed
  x Unavailable
  x BooksBehind
  x CircuitOpen
  x VenueError
    + VenueUnavailable
      - VenueTimeout
    + RateLimited
    + AuthFailed
    + PermissionRefused
    + VenueNotFound
    + VenueUnsupported
    + BadReply
      - InconsistentReply
    + OrderRejected
      - InsufficientFunds
      - DuplicateOrder
    + UnknownOutcome
  x StaleData
  x NoQuote
  x SettlementChanged
  x OrderDenied
    + NeverSent
    + ModeRefused
"""

from __future__ import annotations

from typing import Any, ClassVar

from argosy.text import clean_text


class ArgosyError(Exception):
    """Base of every error that Argosy raises on purpose."""

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
        message = clean_text(message)  # may quote venues and documents
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
        """Return the JSON-ready form, the body of `{"error": …}` on every interface."""
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
    """The stack that this command needs is not running."""

    code = "not_running"
    http_status = 503


class InvalidInput(ArgosyError):
    """Input from outside does not fit its model."""

    code = "invalid_input"
    http_status = 422


class UnsupportedMediaType(InvalidInput):
    """A body has an unsupported media type."""

    code = "unsupported_media_type"
    http_status = 415


class WorkflowInvalid(InvalidInput):
    """A workflow document has problems; `details["problems"]` lists every one."""

    code = "workflow_invalid"


class UnknownNodeType(WorkflowInvalid):
    """A node type of the workflow is unknown here: another version, or a missing plug-in."""

    code = "unknown_node_type"


class NotFound(ArgosyError):
    code = "not_found"
    http_status = 404


class Conflict(ArgosyError):
    """The object has changed meanwhile, or already exists."""

    code = "conflict"
    http_status = 409


class Forbidden(ArgosyError):
    code = "forbidden"
    http_status = 403


# --- engine -----------------------------------------------------------------------------------------------


class NodeError(ArgosyError):
    """A node failed; the failure is recorded and never raised into the canvas."""

    code = "node_failed"


class NodeTimeout(NodeError):
    code = "node_timeout"
    retryable = True


class NodeHeld(NodeTimeout):
    """A node did not stop at its time limit, so its worker was ended; the node is not retried."""

    retryable = False


class NodeExit(NodeError):
    """A node's code tried to end the process: `sys.exit()`, KeyboardInterrupt and the like."""

    code = "node_exit"


class AwaitingHuman(NodeError):
    """A gate waits for a person's answer; its retry policy checks again."""

    code = "awaiting_human"
    retryable = True
    http_status = 409


class OutputInvalid(NodeError):
    """A node's outputs do not fit their declaration, or are too large."""

    code = "output_invalid"


class RunGone(ArgosyError):
    """The run's state is not in the store: it has expired or never existed."""

    code = "run_gone"
    http_status = 404


class EventsTrimmed(ArgosyError):
    """The requested events are older than the stream's first entry; take a fresh snapshot."""

    code = "events_trimmed"
    http_status = 410


# --- infrastructure ---------------------------------------------------------------------------------------


class Unavailable(ArgosyError):
    """One of our own servers (Redis, Postgres) does not answer."""

    code = "unavailable"
    retryable = True
    http_status = 503


class BooksBehind(ArgosyError):
    """The database was restored from an older backup and lacks later changes."""

    code = "books.behind"
    http_status = 409


class CircuitOpen(ArgosyError):
    """The circuit breaker of a venue or endpoint is open: calls are refused for a while."""

    code = "circuit_open"
    retryable = True
    http_status = 503


# --- venues -----------------------------------------------------------------------------------------------


class VenueError(ArgosyError):
    """Any answer of a venue that is not a success."""

    code = "venue_error"
    http_status = 502


class VenueUnavailable(VenueError):
    """A read got no usable answer from the venue, or the venue reports an outage.

    Another attempt can help.
    """

    code = "venue_unavailable"
    retryable = True


class VenueTimeout(VenueUnavailable):
    code = "venue_timeout"


class RateLimited(VenueError):
    """The venue, or our own limiter, refuses calls for `retry_after_s` seconds."""

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


class VenueUnsupported(VenueError):
    """The venue does not offer what the caller needs, such as prices or order books."""

    code = "venue_unsupported"


class BadReply(VenueError):
    """The venue's answer is unreadable."""

    code = "bad_reply"
    retryable = True


class InconsistentReply(BadReply):
    """The venue's answer contradicts itself, or lacks data that must be booked."""

    code = "inconsistent_reply"


class OrderRejected(VenueError):
    """The venue refused the order; `OrderDenied` is our own refusal."""

    code = "order_rejected"


class InsufficientFunds(OrderRejected):
    code = "insufficient_funds"


class DuplicateOrder(OrderRejected):
    code = "duplicate_order"


class UnknownOutcome(VenueError):
    """The outcome of a write is unknown (timeout, dropped connection, 5xx).

    Query it; never send the write again.
    """

    code = "unknown_outcome"


# --- market data and actions ------------------------------------------------------------------------------


class StaleData(ArgosyError):
    """The data is older than the limit; stale data is an error, never a price."""

    code = "stale_data"
    retryable = True


class NoQuote(ArgosyError):
    """The book is empty, locked or crossed: there is no price."""

    code = "no_quote"
    retryable = True


class SettlementChanged(ArgosyError):
    """The market settles by a rule that this strategy does not support."""

    code = "settlement_changed"


class OrderDenied(ArgosyError):
    """Argosy refused the action before it reached the venue (emergency state, risk, capital)."""

    code = "order_denied"
    http_status = 409


class NeverSent(OrderDenied):
    """Argosy sent nothing of the action, and will send nothing.

    Its deadline passed, or it was cancelled before sending.
    """

    code = "never_sent"


class ModeRefused(OrderDenied):
    """Live mode was requested without all its requirements."""

    code = "mode_refused"
