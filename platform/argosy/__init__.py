"""Argosy runs a fleet of profit-seeking bots across very different markets on one engine."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("argosy")
except PackageNotFoundError:
    __version__ = "0+unknown"
