"""Replies to unknown paths, in the form of each server."""

from __future__ import annotations

from starlette.routing import Route

from argosy.venuekit.sandbox.reply import Json
from argosy.venuekit.sandbox.unknown_paths import any_path


def polymarket() -> Route:
    return any_path(lambda request: Json({"error": "Not Found"}, 404))


def gamma() -> Route:
    return any_path(lambda request: Json({"type": "not found error", "error": "not found"}, 404))
