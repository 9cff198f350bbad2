"""eth-account, without what importing it does to the interpreter."""

from __future__ import annotations

import sys
from typing import Any


def ethereum() -> Any:
    """The package with its messages. One of its dependencies raises Python's recursion limit a hundredfold, after
    which any deeply nested input overruns the C stack; the limit is put back. Slow to import: for traders only.
    """
    limit = sys.getrecursionlimit()
    try:
        import eth_account
        import eth_account.messages
    finally:
        sys.setrecursionlimit(limit)
    return eth_account
