"""Route standard-library logging (Celery, uvicorn, SQLAlchemy and others) through Loguru."""

from __future__ import annotations

import logging
import sys

from loguru import logger

# Verbose libraries, and the lowest level that is logged.
QUIETER = {
    "asyncio": logging.WARNING,
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
    "urllib3": logging.WARNING,
    "alembic": logging.WARNING,
    "celery.redirected": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "websockets": logging.WARNING,
    "tornado.access": logging.WARNING,
    "ccxt": logging.WARNING,
}


# Their lines hold whole URLs with signed parameters: only warnings and above are logged, at any level.
TELLTALE = ("httpx", "httpcore")


class Intercept(logging.Handler):
    """Handler that passes a standard record to Loguru with its level, place and exception."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno
        frame, depth = sys._getframe(), 0
        while frame.f_back and (depth == 0 or frame.f_code.co_filename == logging.__file__):
            frame, depth = frame.f_back, depth + 1
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args}"
        logger.opt(depth=depth, exception=record.exc_info).log(level, "{}", message)


def intercept(level: str) -> None:
    """Route the root logger and every existing one to Loguru."""
    least = {"TRACE": 5}.get(level, logging.getLevelName(level))
    logging.root.handlers = [Intercept()]
    logging.root.setLevel(least)
    for name in list(logging.root.manager.loggerDict):
        existing = logging.getLogger(name)
        existing.handlers = []
        existing.propagate = True
    for name, quiet in QUIETER.items():
        logging.getLogger(name).setLevel(max(quiet, least) if least > logging.DEBUG else logging.NOTSET)
    for name in TELLTALE:
        logging.getLogger(name).setLevel(max(logging.WARNING, least))
    logging.captureWarnings(True)
