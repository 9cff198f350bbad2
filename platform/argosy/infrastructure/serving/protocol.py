"""Uvicorn's HTTP protocol with limits on its connections."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from argosy.infrastructure.serving.connections import Bounded, Bounds, bound_protocol


class BoundedH11(Bounded, H11Protocol):
    """HTTP protocol that derives its phase from h11's state and the current request."""

    def phase(self) -> str | None:
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        at_work = self.cycle is not None and not self.cycle.response_complete
        return None if at_work else "headers"

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.request_ended()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self.upgraded()
        super().handle_websocket_upgrade(event)


def bounded_protocol(bounds: Bounds) -> type[H11Protocol]:
    """Return the class for `uvicorn.Config(http=…)`; each server needs its own."""
    made: type[H11Protocol] = bound_protocol(BoundedH11, bounds)
    return made
