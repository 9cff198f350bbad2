"""HTTP session of our ccxt objects: checks the deadline of a write on the open connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from argosy.venuekit.adapter.send_guard import current

if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class _Checked(_Base):
    """Connection that asks the current guard before each piece of a request."""

    _method = "GET"

    def putrequest(self, method: str, *args: Any, **more: Any) -> None:
        self._method = method
        super().putrequest(method, *args, **more)

    def send(self, data: Any) -> None:
        guard = current()
        if guard is not None:
            if self.sock is None and self.auto_open:
                self.connect()
            # Headers sent without their body are not a request: the connection is closed.
            guard.check()
        super().send(data)

    def getresponse(self) -> Any:
        guard = current()
        if guard is not None:
            guard.note(self._method)
        return super().getresponse()


class _SessionHttp(_Checked, HTTPConnection):
    pass


class _Https(_Checked, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _SessionHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class GuardedAdapter(HTTPAdapter):
    """HTTP adapter of a `requests` session with checked connections, also through a proxy."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager
