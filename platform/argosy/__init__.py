"""Argosy runs a fleet of profit-seeking bots across very different markets on one engine."""

from __future__ import annotations

__version__: str


def __getattr__(name: str) -> str:
    """Read the version on demand: package metadata takes longer than most commands."""
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("argosy")
        except PackageNotFoundError:
            return "0+unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
