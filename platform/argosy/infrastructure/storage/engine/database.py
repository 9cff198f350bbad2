"""Sync and async database engines that run operations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argosy.errors import Unavailable
from argosy.infrastructure.postgres_address import parse_postgres_url
from argosy.infrastructure.storage.engine.codec import clean, dumps, loads
from argosy.infrastructure.storage.engine.operation import Operation

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

_DRIVER = "postgresql+psycopg"
_CONNECT_TIMEOUT_S = 5

_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
"""Decimal context for operations: decisions, settlements and bookings.

Strategy code may change the decimal context of its thread; this one makes results independent of it.
"""


def sqlalchemy_url(url: str) -> URL:
    """Return the URL for SQLAlchemy with psycopg 3; sessions use UTC.

    Raises ConfigError for anything but a Postgres URL.
    """
    parameters = parse_postgres_url(url).with_settings("-c timezone=UTC").parameters
    user, password, database = (parameters.pop(name, None) for name in ("user", "password", "dbname"))
    if "," not in parameters.get("host", ",") and not parameters["host"].startswith("/"):
        host, port = parameters.pop("host"), parameters.pop("port", None)
        return URL.create(
            _DRIVER, user, password, host, int(port) if port else None, database, query=parameters
        )
    return URL.create(_DRIVER, user, password, database=database, query=parameters)


def libpq_url(url: str, *, settings: str = "") -> str:
    """Return the URL for psycopg itself, with server settings (`-c name=value`) for the session."""
    address = parse_postgres_url(url)
    return (address.with_settings(settings) if settings else address).url


def _options(pool_size: int) -> dict[str, Any]:
    return {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": _CONNECT_TIMEOUT_S,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "json_serializer": lambda value: dumps(value).decode(),
        "json_deserializer": loads,
        "connect_args": {"connect_timeout": _CONNECT_TIMEOUT_S},
    }


def _storable(engine: Engine) -> None:
    """Remove NUL and unpaired surrogates from every text parameter.

    Postgres refuses them, and a NUL in a text must not make a halt fail.
    """

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def cleaned(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return statement, _cleaned(parameters)


def _cleaned(parameters: Any) -> Any:
    if isinstance(parameters, str):
        return clean(parameters)
    if isinstance(parameters, Mapping):
        return {name: _cleaned(value) for name, value in parameters.items()}
    if isinstance(parameters, list | tuple):
        return type(parameters)(_cleaned(value) for value in parameters)
    return parameters


@contextmanager
def _reachable() -> Iterator[None]:
    """Convert a lost or refused connection to `Unavailable`, which callers may retry."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("no database connection became free in time", found=str(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError"):
            raise Unavailable(
                "Postgres does not answer",
                found=str(error.orig).strip().partition("\n")[0],
                remedy="`argosy doctor` checks the servers",
            ) from error
        raise


def perform(operation: Operation[T], connection: Connection) -> T:
    """Run an operation on a connection whose transaction the caller manages."""
    steps = operation.steps()
    with localcontext(_ARITHMETIC):
        try:
            statement = next(steps)
            while True:
                statement = steps.send(connection.execute(statement))
        except StopIteration as done:
            result: T = done.value
            return result


class Database:
    """Sync engine: run operations from threads and processes without an event loop.

    Thread-safe. Create it after forking.
    """

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        self.engine: Engine = create_engine(sqlalchemy_url(url), **_options(pool_size))
        _storable(self.engine)

    def run(self, operation: Operation[T]) -> T:
        """Run the operation in one transaction. Raises Unavailable if Postgres does not answer."""
        with _reachable(), self.engine.begin() as connection:
            return perform(operation, connection)

    def close(self) -> None:
        self.engine.dispose()


class AsyncDatabase:
    """Async engine: run operations in an event loop. Create it inside the loop that uses it.

    `patience_s` limits the time of each operation. A hanging server keeps its connections open, so without the
    limit an operation would wait forever.
    """

    def __init__(self, url: str, *, pool_size: int = 8, patience_s: float | None = None) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine  # it brings the ORM

        self.engine: AsyncEngine = create_async_engine(sqlalchemy_url(url), **_options(pool_size))
        self._patience_s = patience_s
        self._abandoned: set[asyncio.Task[Any]] = set()
        _storable(self.engine.sync_engine)

    async def run(self, operation: Operation[T]) -> T:
        """Run the operation in one transaction.

        Raises Unavailable if Postgres does not answer, or not within `patience_s`.
        """
        if self._patience_s is None:
            return await self._perform(operation)
        task = asyncio.ensure_future(self._perform(operation))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            raise Unavailable(
                "Postgres does not answer in time",
                expected=f"an answer within {self._patience_s:g} s",
                remedy="a change may still be carried out: look before you repeat it; `argosy doctor` checks the servers",
            )
        return task.result()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        """Cancel the task without waiting.

        psycopg waits for the server before it cancels a statement.
        """
        self._abandoned.add(task)
        task.add_done_callback(self._forget)
        task.cancel()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # no caller waits for the result

    async def _perform(self, operation: Operation[T]) -> T:
        with _reachable():
            async with self.engine.begin() as connection:
                steps = operation.steps()
                with localcontext(_ARITHMETIC):
                    try:
                        statement = next(steps)
                        while True:
                            statement = steps.send(await connection.execute(statement))
                    except StopIteration as done:
                        result: T = done.value
                        return result

    async def close(self) -> None:
        """Close the pool.

        Connections to a hanging server stay open until the process ends.
        """
        if self._patience_s is None:
            await self.engine.dispose()
            return
        closing = asyncio.ensure_future(self.engine.dispose())
        done, _ = await asyncio.wait({closing}, timeout=self._patience_s)
        if not done:
            self._abandon(closing)
            return
        closing.result()
