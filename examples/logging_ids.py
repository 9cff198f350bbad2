"""Log lines that carry the correlation id of their run. Run it with `python examples/logging_ids.py`."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from loguru import logger

from argosy.infrastructure.config import Settings
from argosy.infrastructure.logging import bind, bound, configure, register_secret


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "example.log"
        configure(Settings(home=Path(folder)), process="example", file=file)
        register_secret("an-api-key-of-a-venue")
        with bind(correlation_id="tick-1", bot="btc_15m"):
            logger.info("the run starts")
            with bind(node="quotes"):
                logging.getLogger("library").warning("a library warns")
                print(f"bound: {dict(bound())}")
            logger.info("the key is an-api-key-of-a-venue")
        logger.complete()
        print(file.read_text(), end="")
        logger.remove()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
