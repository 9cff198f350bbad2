"""Import of eth-account without its side effect on the interpreter."""

from __future__ import annotations

import sys
from typing import Any


def ethereum() -> Any:
    """Import eth-account with its messages, and restore Python's recursion limit.

    A dependency raises the limit a hundredfold. With that limit, deeply nested input overruns the C stack. The import
    is slow, so only processes that trade call this.
    """
    limit = sys.getrecursionlimit()
    try:
        import eth_account
        import eth_account.messages
    finally:
        sys.setrecursionlimit(limit)
    return eth_account
