"""Call an outside monitor regularly (a dead-man's switch); it warns people if calls stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from loguru import logger

from argosy.core.clock import Clock
from argosy.core.safety.emergency import EmergencyState
from argosy.infrastructure.resilience.deadline import Deadline

if TYPE_CHECKING:
    import httpx

    from argosy.infrastructure.config.sections import HeartbeatSettings


class OutsideHeartbeat:
    """Sender of heartbeats, in a thread of its own, one call at a time.

    A monitor that hangs or is down delays nothing. `turn` returns True if this process sends now. No message
    contains the URL: anyone who knows it can send.
    """

    def __init__(self, settings: HeartbeatSettings, clock: Clock, *, turn: Callable[[int], bool]) -> None:
        self._settings = settings
        self._clock = clock
        self._turn = turn
        self._client: httpx.Client | None = None
        self._calling: threading.Thread | None = None
        self._down = False

    def beat(self, state: EmergencyState) -> threading.Thread | None:
        """Send a heartbeat with `state` after a round of the guard.

        Returns the sending thread, or None if no heartbeat is due.
        """
        if self._settings.url is None or (self._calling is not None and self._calling.is_alive()):
            return None
        if not self._turn(int(self._settings.every_s * 1000)):
            return None
        self._calling = threading.Thread(
            target=self._call, args=(state,), name="argosy-heartbeat", daemon=True
        )
        self._calling.start()
        return self._calling

    def _call(self, state: EmergencyState) -> None:
        problem = self._problem(state)
        if problem is not None and not self._down:
            logger.warning("the monitor outside did not take the heartbeat: {}. It is sent again.", problem)
        elif problem is None and self._down:
            logger.info("the monitor outside takes the heartbeat again")
        self._down = problem is not None

    def _problem(self, state: EmergencyState) -> str | None:
        """Call the monitor; return the reason why the call failed, or None."""
        import httpx

        from argosy.infrastructure.resilience.http.until import bound, timeouts

        settings = self._settings
        limit_s = settings.timeout_s
        try:
            if self._client is None:
                self._client = bound(httpx.Client(follow_redirects=False))
            limits = timeouts(Deadline(self._clock, limit_s), connect_s=limit_s, read_s=limit_s)
            with self._client.stream(
                settings.method,
                self._address(state),
                content=f"state={state.name}\n".encode() if settings.method == "POST" else None,
                extensions={"timeout": limits},
            ) as reply:
                return None if reply.is_success else f"it answered {reply.status_code}"
        except Exception as error:  # noqa: BLE001 - any failure (DNS, TLS, a wrong URL): trading goes on
            return type(error).__name__

    def _address(self, state: EmergencyState) -> httpx.URL:
        """Return the monitor's URL, with `/fail` added while the platform is stopped.

        `/fail` needs the setting `fail_on_halt`.
        """
        import httpx

        assert self._settings.url is not None
        url = httpx.URL(self._settings.url.get_secret_value())
        if self._settings.fail_on_halt and state >= EmergencyState.HALT:
            return url.copy_with(path=url.path.rstrip("/") + "/fail")
        return url
