"""The built front end: its files, and its one page for every deep link."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

DIST = Path(__file__).with_name("web") / "dist"
HASHED = "assets"
_YEAR = "public, max-age=31536000, immutable"
_ALWAYS_ASK = "no-cache"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Argosy: front end not built</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1.5rem;color:#1b2330;
background:#f7f8fa}code{background:#e6e9ee;padding:.1em .4em;border-radius:4px}
@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#12161d}code{background:#252c38}}</style>
<h1>The front end is not built</h1>
<p>The server runs, but the folder <code>dashboard/web/dist</code> is not there.</p>
<p>Run <code>make web</code> in the repository, then reload this page.</p>
<p>The JSON API works without it: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>,
<a href="/healthz">/healthz</a>.</p></html>
"""


class Pages:
    """Front-end files below `dist`; other paths without a file extension get the page."""

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist.resolve()

    async def serve(self, request: Request) -> Response:
        path = request.path_params.get("path", "")
        if path.startswith("api/"):
            raise HTTPException(404)
        page = self._dist / "index.html"
        if not page.is_file():
            return HTMLResponse(_NOT_BUILT, 503, headers={"cache-control": "no-store"})
        file = self._inside(path)
        if file is not None:
            hashed = file.relative_to(self._dist).parts[0] == HASHED
            return FileResponse(
                file,
                media_type=mimetypes.guess_type(file.name)[0],
                headers={"cache-control": _YEAR if hashed else _ALWAYS_ASK},
            )
        if path.startswith(f"{HASHED}/") or "." in path.rpartition("/")[2]:
            raise HTTPException(404)
        return FileResponse(page, media_type="text/html", headers={"cache-control": _ALWAYS_ASK})

    def _inside(self, path: str) -> Path | None:
        """Return the file; None if it does not exist or lies outside `dist`."""
        if not path or "\x00" in path:
            return None
        try:
            file = (self._dist / path).resolve()
            return file if file.is_relative_to(self._dist) and file.is_file() else None
        except (OSError, ValueError):
            return None
