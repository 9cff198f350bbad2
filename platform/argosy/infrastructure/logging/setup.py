"""Configure logging once in each process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loguru import logger

from argosy.infrastructure.config import Settings
from argosy.infrastructure.logging import redact
from argosy.infrastructure.logging.context import bound
from argosy.infrastructure.logging.intercept import intercept
from argosy.infrastructure.logging.sinks import SafeFile, SafeStream, as_json, stderr

if TYPE_CHECKING:
    from loguru import Message, Record


def configure(settings: Settings, *, process: str, file: Path | None = None) -> None:
    """Log to the console (text or JSON lines), and to `file` (JSON lines) if given.

    Safe to repeat. Under the supervisor no file is needed. The supervisor writes each process's output to
    `home/logs/<process>.log`.
    """
    redact.register_secrets_of(settings)

    def patch(record: Record) -> None:
        record["extra"] = {"process": process, **bound(), **record["extra"]}

    logger.remove()
    logger.configure(patcher=patch)
    level = settings.logging.level
    logger.add(
        SafeStream(stderr(), json_lines=settings.logging.format == "json"),
        level=level,
        format="{message}",
        backtrace=False,
        diagnose=False,
        catch=True,
    )
    if file is not None:
        target = SafeFile(file)

        def write(message: Message) -> None:
            target.write(as_json(message.record).encode())

        logger.add(write, level=level, format="{message}", backtrace=False, diagnose=False, catch=True)
    intercept(level)
