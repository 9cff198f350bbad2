"""Import of one exchange from ccxt without the other hundred.

`import ccxt` runs every exchange module: some 4 s and 90 MB in each worker. The modules themselves need only
ccxt.base. So the package is entered without running its `__init__` (0.3 s, 50 MB). A later import of the whole ccxt
works normally: the submodules are the same objects.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from argosy.errors import ConfigError

_lock = threading.Lock()


def exchange_class(name: str) -> Any:
    """Return the ccxt class called `name`. Raises ConfigError if ccxt has none."""
    return getattr(_module(name), name)


def ccxt_errors() -> ModuleType:
    """Return ccxt.base.errors."""
    return _module("base.errors")


def _module(name: str) -> ModuleType:
    full = f"ccxt.{name}"
    with _lock:
        loaded = sys.modules.get(full)
        if loaded is not None:
            return loaded
        spec = find_spec("ccxt") if "ccxt" not in sys.modules else None
        if spec is not None:
            sys.modules["ccxt"] = _bare(spec)
        try:
            return import_module(full)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"ccxt cannot load the exchange {name!r}", expected="an exchange ccxt knows", found=str(error)
            ) from None
        finally:
            if spec is not None:
                del sys.modules["ccxt"]


def _bare(spec: ModuleSpec) -> ModuleType:
    package = ModuleType("ccxt")
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__spec__ = spec
    return package
