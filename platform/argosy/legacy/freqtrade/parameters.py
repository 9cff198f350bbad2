"""Hyperopt parameters of a strategy.

Values come from the strategy's JSON file, its `…_params` tables, or their defaults.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from argosy.errors import ConfigError

_SPACES = ("buy", "sell", "enter", "exit", "protection")
_PARAMETERS = frozenset(
    {
        "BaseParameter",
        "NumericParameter",
        "IntParameter",
        "RealParameter",
        "DecimalParameter",
        "CategoricalParameter",
        "BooleanParameter",
    }
)
_TRAILING = (
    "trailing_stop",
    "trailing_stop_positive",
    "trailing_stop_positive_offset",
    "trailing_only_offset_is_reached",
)


def load_parameters(strategy: Any) -> None:
    """Set every parameter as freqtrade does.

    The JSON file beside the strategy overrides the strategy's own tables. The same file may replace `minimal_roi`,
    `stoploss`, `max_open_trades` and the trailing stop. Raises ConfigError for a file of another strategy and for a
    parameter without a space.
    """
    file = _parameter_file(strategy)
    _replace_tables(strategy, file)
    for name, parameter in parameters(strategy):
        space = _space(strategy, name, parameter)
        values = {**_table(getattr(strategy, f"{space}_params", None)), **_table(file.get(space))}
        if name in values and getattr(parameter, "load", True):
            parameter.value = values[name]


def parameters(strategy: Any) -> Iterator[tuple[str, Any]]:
    """Yield attributes that are hyperopt parameters, of freqtrade's classes or ours."""
    for name in dir(strategy):
        if name.startswith("__"):
            continue
        value = getattr(strategy, name, None)
        if _PARAMETERS & {cls.__name__ for cls in type(value).__mro__} and hasattr(value, "value"):
            yield name, value


def _space(strategy: Any, name: str, parameter: Any) -> str:
    declared = getattr(parameter, "space", None) or getattr(parameter, "category", None)
    space = declared or next((s for s in _SPACES if name.startswith(f"{s}_")), None)
    if space is None:
        raise ConfigError(
            f"{type(strategy).__name__}: nothing says to which space the parameter {name!r} belongs, "
            "so its value is not certain",
            expected='space="buy" (or "sell") in the parameter, or a name that starts with buy_ or sell_',
            remedy="add the space to the parameter",
        )
    return str(space)


def _replace_tables(strategy: Any, file: Mapping[str, Any]) -> None:
    if "roi" in file:
        strategy.minimal_roi = file["roi"]
    for name in ("stoploss", "max_open_trades"):
        if name in _table(file.get(name)):
            setattr(strategy, name, file[name][name])
    for name in _TRAILING:
        if name in _table(file.get("trailing")):
            setattr(strategy, name, file["trailing"][name])


def _parameter_file(strategy: Any) -> Mapping[str, Any]:
    """Return the `params` of `<module>.json` beside the strategy's module; empty without one."""
    source = getattr(sys.modules.get(type(strategy).__module__), "__file__", None)
    path = None if source is None else Path(source).with_suffix(".json")
    if path is None or not path.is_file():
        return {}
    name = type(strategy).__name__
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(
            f"the parameter file {path.name} of {name} cannot be read: its values are not loaded",
            found=str(error),
            remedy="mend the file, or remove it",
        ) from error
    if not isinstance(found, dict) or found.get("strategy_name") != name:
        raise ConfigError(
            f"the parameter file {path.name} beside {name} belongs to another strategy",
            expected=f'"strategy_name": "{name}"',
            found=repr(_table(found).get("strategy_name")),
            remedy="give each strategy a module of its own, or remove the file",
        )
    return _table(found.get("params"))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
