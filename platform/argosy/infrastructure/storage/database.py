"""The two engines, sync and async, that run operations."""

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
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from argosy.errors import Unavailable
from argosy.infrastructure.postgres_address import parse_postgres_url
from argosy.infrastructure.storage.codec import clean, dumps, loads
from argosy.infrastructure.storage.operation import Operation

T = TypeVar("T")

_DRIVER = "postgresql+psycopg"
_CONNECT_TIMEOUT_S = 5

_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
"""Decisions, settlements and bookings are operations: what they compute does not depend on what a strategy's code did
to the decimal context of its thread."""


def sqlalchemy_url(url: str) -> URL:
    """The URL for SQLAlchemy with psycopg 3; sessions are in UTC. Raises ConfigError for what is no Postgres URL."""
    parameters = parse_postgres_url(url).with_settings("-c timezone=UTC").parameters
    user, password, database = (parameters.pop(name, None) for name in ("user", "password", "dbname"))
    if "," not in parameters.get("host", ",") and not parameters["host"].startswith("/"):
        host, port = parameters.pop("host"), parameters.pop("port", None)
        return URL.create(
            _DRIVER, user, password, host, int(port) if port else None, database, query=parameters
        )
    return URL.create(_DRIVER, user, password, database=database, query=parameters)


def libpq_url(url: str, *, settings: str = "") -> str:
    """The same for psycopg itself, with server settings (`-c name=value`) of the session."""
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
    """Has every text that is written or searched for hold only what Postgres takes: a NUL must fail no halt."""

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
    """A lost or refused connection is our own `Unavailable`, which callers may retry."""
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
    """Runs it on a connection whose transaction is somebody else's."""
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
    """Runs operations from threads and processes without an event loop. Thread-safe; make it after forking."""

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        self.engine: Engine = create_engine(sqlalchemy_url(url), **_options(pool_size))
        _storable(self.engine)

    def run(self, operation: Operation[T]) -> T:
        """Runs it in one transaction. Raises Unavailable when Postgres is not there."""
        with _reachable(), self.engine.begin() as connection:
            return perform(operation, connection)

    def close(self) -> None:
        self.engine.dispose()


class AsyncDatabase:
    """The same for an event loop; make it inside the loop that uses it.

    `patience_s` bounds each operation: a server that hangs keeps its connections open and would never be noticed.
    """

    def __init__(self, url: str, *, pool_size: int = 8, patience_s: float | None = None) -> None:
        self.engine: AsyncEngine = create_async_engine(sqlalchemy_url(url), **_options(pool_size))
        self._patience_s = patience_s
        self._abandoned: set[asyncio.Task[Any]] = set()
        _storable(self.engine.sync_engine)

    async def run(self, operation: Operation[T]) -> T:
        """Runs it in one transaction. Raises Unavailable when Postgres is not there or does not answer in time."""
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
        """Ask it to end without waiting: psycopg waits for the server before it gives up a statement."""
        self._abandoned.add(task)
        task.add_done_callback(self._forget)
        task.cancel()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # nobody waits for it any more

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
        """Closes the pool; connections to a server that hangs are left to the end of the process."""
        if self._patience_s is None:
            await self.engine.dispose()
            return
        closing = asyncio.ensure_future(self.engine.dispose())
        done, _ = await asyncio.wait({closing}, timeout=self._patience_s)
        if not done:
            self._abandon(closing)
            return
        closing.result()
