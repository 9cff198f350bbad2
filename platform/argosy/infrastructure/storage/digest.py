"""The digest that names a workflow version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson


def document_digest(document: Mapping[str, Any]) -> str:
    """sha256 (hex) of the document as canonical JSON: UTF-8, keys sorted, no spaces."""
    return hashlib.sha256(orjson.dumps(dict(document), option=orjson.OPT_SORT_KEYS)).hexdigest()
