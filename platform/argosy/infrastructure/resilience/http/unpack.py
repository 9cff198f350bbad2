"""Decompress bodies of replies up to a size limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from argosy.infrastructure.resilience.http.until import Countdown

ENCODINGS = "gzip, deflate"
"""Value of the header Accept-Encoding: encodings that decompress in bounded steps."""
_WINDOW = zlib.MAX_WBITS + 32  # gzip or zlib, by their headers


class BodyTooLarge(Exception):
    """Error for a body longer than the limit once decompressed."""


def read_body(response: httpx.Response, most_bytes: int, until: Countdown) -> bytes:
    """Return the whole decompressed body, of at most `most_bytes`.

    A small reply that unpacks to gigabytes takes at most `most_bytes` of memory. Raises BodyTooLarge,
    httpx.DecodingError for a damaged body, and httpx.ReadTimeout after the deadline. Also raises the errors
    of reading.
    """
    body = bytearray()
    for piece in _unpacked(response, most_bytes):
        body += piece
        if len(body) > most_bytes:
            raise BodyTooLarge
        if until.remaining() <= 0:
            raise httpx.ReadTimeout("the answer takes too long")
    return bytes(body)


def _unpacked(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    if response.is_stream_consumed:  # already read, by a transport without a network
        yield response.content
        return
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError(f"the content encoding {encoding[:40]!r} was not asked for")
    unpack = zlib.decompressobj(_WINDOW)
    first = True
    for packed in response.iter_raw():
        try:
            yield unpack.decompress(packed, most_bytes + 1)
        except zlib.error as error:
            if not first or encoding != "deflate":
                raise httpx.DecodingError(str(error)) from error
            unpack = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send deflate without its header
            yield _raw_deflate(unpack, packed, most_bytes)
        first = False
        if unpack.unconsumed_tail:
            raise BodyTooLarge
    if not first and not unpack.eof:
        raise httpx.DecodingError("the compressed body is cut off")


def _raw_deflate(unpack: zlib._Decompress, packed: bytes, most_bytes: int) -> bytes:
    try:
        return unpack.decompress(packed, most_bytes + 1)
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
