"""Legacy strategies by name, which the node `legacy.poll` may run.

Only installed or registered code is run, never code from a path.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from argosy.errors import ArgosyError, ConfigError, NotFound
from argosy.legacy.calls import fit
from argosy.legacy.freqtrade.features import refuse_what_is_not_offered
from argosy.legacy.freqtrade.imports import offer_names
from argosy.legacy.signals import SignalStrategy, gives_signals, prepare

offer_names()

GROUP = "argosy.legacy"
"""Entry-point group; each entry names a strategy's class or a factory `(provider, config)`."""

_registered: dict[str, Callable[..., Any]] = {}
_lock = threading.Lock()


def register(name: str, factory: Callable[..., Any]) -> None:
    """Register a strategy for this process.

    Raises ConfigError if the name is taken, and for a class with unsupported features.
    """
    if isinstance(factory, type) and gives_signals(factory):
        refuse_what_is_not_offered(factory)
    with _lock:
        if _registered.setdefault(name, factory) is not factory:
            raise ConfigError(f"a legacy strategy named {name!r} is there already")


def names() -> list[str]:
    return sorted({*_registered, *(entry.name for entry in entry_points(group=GROUP))})


def factory(name: str) -> Callable[..., Any]:
    """Return the factory of a strategy. Raises NotFound naming the known ones."""
    found = _registered.get(name)
    if found is not None:
        return found
    for entry in entry_points(group=GROUP, name=name):
        return _loaded(name, entry)
    raise NotFound(
        f"there is no legacy strategy {name!r}",
        expected="one of " + (", ".join(names()) or "none"),
        remedy=f"name its class under the entry points [{GROUP}] of an installed package",
    )


def _loaded(name: str, entry: EntryPoint) -> Callable[..., Any]:
    try:
        found: Callable[..., Any] = entry.load()
    except ArgosyError:
        raise
    except Exception as error:
        raise ConfigError(
            f"the strategy {name!r} cannot be imported: nothing of it runs",
            expected=f"the module {entry.value}",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            remedy="install what it imports beside Argosy (pandas, TA-Lib, technical …), or mend it",
        ) from error
    return found


def check(name: str, config: Mapping[str, Any]) -> None:
    """Raise ConfigError for a candle strategy that would be refused at its first poll.

    Other strategies are not built.
    """
    make = factory(name)
    if isinstance(make, type) and gives_signals(make):
        prepare(_made(make, None, config), config)


def build(make: Callable[..., Any], provider: Any, config: Mapping[str, Any]) -> Any:
    """Build a strategy with the values that its parameters ask for.

    These are the provider, the config, or values of the config by name. A candle strategy is wrapped, so that it is
    polled like others. Raises ConfigError.
    """
    made = _made(make, provider, config)
    if gives_signals(made):
        return SignalStrategy(made, provider, config)
    for name in ("provider", "exchange"):
        if hasattr(made, name) and getattr(made, name) is None:
            setattr(made, name, provider)
    return made


def _made(make: Callable[..., Any], provider: Any, config: Mapping[str, Any]) -> Any:
    if gives_signals(make):
        config = {"stake_currency": str(config.get("pair") or "").partition("/")[2], **config}
    values = {"provider": provider, "config": dict(config)} | {
        key: value for key, value in config.items() if key not in ("provider", "config")
    }
    try:
        args, kwargs = fit(make, values)
    except ValueError:  # a built-in has no signature
        args, kwargs = [], {}
    made = make(*args, **kwargs)
    if gives_signals(made) and not hasattr(made, "config"):
        made.config = dict(config)
    return made
