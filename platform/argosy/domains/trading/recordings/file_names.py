"""Facts that the name of a recorded file gives."""

from __future__ import annotations

import re

from argosy.venuekit.recordings.source import RecordingSource

LENGTHS_S = (300, 900, 3600)
"""Lengths of a market's window in seconds."""


def asset_of(source: RecordingSource) -> str:
    """Return the underlying in the file's name, else "btc"."""
    found = re.search(r"(?<![a-z])(btc|eth|sol|xrp)", source.name)
    return found[1] if found else "btc"
