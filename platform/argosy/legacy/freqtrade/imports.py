"""`import freqtrade…` in strategy files where freqtrade itself is not installed.

The most used names are offered.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_OURS = f"{__package__}.names"
_STRATEGY, _DATA = f"{_OURS}.strategy", f"{__package__}.data"
_MODULES: dict[str, str | None] = {
    "freqtrade": None,
    "freqtrade.constants": None,
    "freqtrade.data": None,
    "freqtrade.data.dataprovider": _DATA,
    "freqtrade.enums": f"{_OURS}.enums",
    "freqtrade.exchange": f"{_OURS}.exchange",
    "freqtrade.persistence": f"{_OURS}.persistence",
    "freqtrade.strategy": _STRATEGY,
    "freqtrade.strategy.interface": _STRATEGY,
    "freqtrade.strategy.informative_decorator": _STRATEGY,
    "freqtrade.strategy.parameters": _STRATEGY,
    "freqtrade.strategy.hyper": _STRATEGY,
    "freqtrade.strategy.strategy_helper": _STRATEGY,
    "freqtrade.vendor": None,
    "freqtrade.vendor.qtpylib": None,
    "freqtrade.vendor.qtpylib.indicators": f"{_OURS}.qtpylib",
}


class FreqtradeNames(MetaPathFinder, Loader):
    """Import finder, asked last: an installed freqtrade is found before it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _MODULES:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        source = _MODULES[module.__name__]
        name = module.__name__

        def find(attribute: str) -> Any:
            if attribute.startswith("__") or f"{name}.{attribute}" in _MODULES:
                raise AttributeError(attribute)
            if source is not None:
                found = import_module(source)
                if attribute in getattr(found, "__all__", dir(found)) or name.endswith("indicators"):
                    return getattr(found, attribute)
            raise ImportError(
                f"{name}.{attribute} is not offered here: the strategy cannot be loaded; leave it out, or install "
                "freqtrade in the environment of this strategy"
            )

        module.__getattr__ = find  # type: ignore[method-assign]
        if source is not None:
            module.__dict__["__all__"] = list(getattr(import_module(source), "__all__", ()))


def offer_names() -> None:
    """Make `import freqtrade` find the names offered here, in this process.

    Further calls change nothing.
    """
    if not any(isinstance(finder, FreqtradeNames) for finder in sys.meta_path):
        sys.meta_path.append(FreqtradeNames())
