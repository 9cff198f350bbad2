"""Calls of foreign methods: sync or async, with any names of arguments."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from argosy.core.actions.send_deadline import SendDeadline
from argosy.errors import ConfigError
from argosy.venuekit.adapter.send_guard import SendGuard, current, sending

_NAMES: Mapping[str, str] = {
    name: meaning
    for meaning, names in {
        "symbol": "symbol pair market market_id instrument ticker product product_id",
        "side": "side direction action",
        "amount": "amount quantity size qty volume units",
        "price": "price limit_price limit rate",
        "type": "type order_type ordertype kind",
        "client_id": "client_order_id client_id clientorderid client_oid",
        "time_in_force": "time_in_force tif timeinforce",
        "order_id": "order_id id orderid order",
        "depth": "depth levels limit count",
        "since": "since start after from_time",
        "currency": "currency asset coin",
        "provider": "provider exchange client api venue broker",
        "config": "config settings params parameters options",
        "opportunity": "opportunity opp signal trade",
    }.items()
    for name in names.split()
}
"""Meaning by parameter name. `limit` is a price if a price is given, else a depth."""


class Loop:
    """Event loop in its own thread: an async provider's sessions belong to one loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def run(self, work: Coroutine[Any, Any, Any], timeout_s: float) -> Any:
        """Run the coroutine and return its result.

        Raises TimeoutError. The work is then cancelled; its effects are unknown.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result(timeout_s)
        finally:
            future.cancel()

    def close(self) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=_serve, args=(self._loop,), name="legacy-provider", daemon=True
                ).start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


class Calls:
    """Methods of one object, called one at a time: legacy clients are not thread-safe.

    A sync method blocks its caller until it returns. An async one is cancelled after `timeout_s` seconds.
    """

    def __init__(self, target: Any, *, timeout_s: float = 30.0, loop: Loop | None = None) -> None:
        self.target = target
        self._timeout_s = timeout_s
        self._loop = loop or Loop()
        self._lock = threading.RLock()

    def has(self, name: str) -> bool:
        return callable(getattr(self.target, name, None))

    def first(self, *names: str) -> str | None:
        """Return the first of `names` that is a method, or None."""
        return next((name for name in names if self.has(name)), None)

    def __call__(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return self.run(getattr(self.target, name), *args, **kwargs)

    def write(self, deadline: SendDeadline | None, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a writing method that must begin before `deadline`.

        The deadline is checked after every wait for a turn, a thread or a loop. Raises NeverSent.
        """
        with self._lock, sending(deadline):
            return self.run(getattr(self.target, name), *args, **kwargs)

    def write_fitted(
        self,
        deadline: SendDeadline | None,
        name: str,
        values: Mapping[str, Any],
        *,
        needed: tuple[str, ...] = (),
    ) -> Any:
        """Call `write` with the values that the method's parameters ask for.

        Raises ConfigError if they do not fit.
        """
        args, kwargs = fit(getattr(self.target, name), values, needed=needed)
        return self.write(deadline, name, *args, **kwargs)

    def fitted(self, name: str, values: Mapping[str, Any], *, needed: tuple[str, ...] = ()) -> Any:
        """Call `name` with the values that its parameter names ask for.

        Raises ConfigError if they do not fit.
        """
        function = getattr(self.target, name)
        args, kwargs = fit(function, values, needed=needed)
        return self(name, *args, **kwargs)

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the result of a function, awaiting it if necessary."""
        guard = current()
        if inspect.iscoroutinefunction(function):
            return self._loop.run(_started(guard, function, args, kwargs), self._timeout_s)
        if guard is not None:
            guard.check()
        result = function(*args, **kwargs)
        if not inspect.isawaitable(result):
            return result
        return self._loop.run(_awaited(guard, result), self._timeout_s)

    def close(self) -> None:
        self._loop.close()


async def _started(
    guard: SendGuard | None, function: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]
) -> Any:
    if guard is not None:
        guard.check()
    return await function(*args, **kwargs)


async def _awaited(guard: SendGuard | None, work: Any) -> Any:
    try:
        if guard is not None:
            guard.check()
    except BaseException:
        if inspect.iscoroutine(work):
            work.close()
        raise
    return await work


def meaning(name: str, values: Mapping[str, Any]) -> str | None:
    """Return the key of `values` that a parameter called `name` asks for, or None."""
    plain = name.lower().strip("_")
    if plain in values:
        return plain
    found = _NAMES.get(plain)
    if plain == "limit" and "price" in values:
        found = "price"
    return found if found in values else None


def takes(function: Callable[..., Any], what: str) -> bool:
    """Return True if `function` has a parameter for `what` or accepts any keyword."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.kind is p.VAR_KEYWORD or meaning(p.name, {what: None}) == what for p in parameters)


def fit(
    function: Callable[..., Any], values: Mapping[str, Any], *, needed: tuple[str, ...] = ()
) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments for `function` out of `values`, by the names of its parameters.

    Values without a parameter are left out, unless they are `needed`. Raises ConfigError.
    """
    where = getattr(function, "__qualname__", repr(function))
    left = dict(values)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update(left)
            left = {}
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            if not kwargs:  # whatever its name: the values in their usual order
                args += [left.pop(name) for name in needed if name in left]
            continue
        found = meaning(parameter.name, left)
        if found is None:
            if parameter.default is parameter.empty:
                raise ConfigError(
                    f"{where} asks for {parameter.name!r}, which means nothing here",
                    expected="parameters named like " + ", ".join(values),
                    remedy="wrap it in a function with such parameters",
                )
            continue
        value = left.pop(found)
        if parameter.kind is not parameter.KEYWORD_ONLY and len(args) == place:
            args.append(value)
        else:
            kwargs[parameter.name] = value
    missing = [name for name in needed if name in left]
    if missing:
        raise ConfigError(
            f"{where} has no parameter for {', '.join(missing)}", remedy="wrap it in one that has"
        )
    return args, kwargs
