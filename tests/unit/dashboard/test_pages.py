from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.pages import Pages
from dashboard.replies import on_http_error
from dashboard.security import OriginCheck


class Client:
    """Asks the application in this process: no socket."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path, {})

    def post(self, path: str, headers: dict[str, str]) -> httpx.Response:
        return self.ask("POST", path, headers)

    def ask(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(asked())


def client(dist: Path, *hosts: str) -> Client:
    return Client(
        Starlette(
            routes=[Route("/{path:path}", Pages(dist).serve, methods=["GET", "POST"])],
            middleware=[Middleware(OriginCheck, hosts=hosts)],
            exception_handlers={HTTPException: on_http_error},
        )
    )


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>page</title>")
    (folder / "assets" / "app-1a2b.js").write_text("code")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.parametrize("path", ["/", "/bots/btc", "/bots/btc/strategies/arb"])
def test_every_deep_link_is_the_page_asked_for_anew(dist: Path, path: str) -> None:
    reply = client(dist).get(path)
    assert (reply.status_code, reply.text) == (200, "<title>page</title>")
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["x-frame-options"] == "DENY"


def test_hashed_files_are_kept_for_ever_and_others_asked_for_anew(dist: Path) -> None:
    hashed, plain = client(dist).get("/assets/app-1a2b.js"), client(dist).get("/favicon.svg")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in hashed.headers["content-type"]
    assert (plain.status_code, plain.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    ["/assets/gone.js", "/missing.png", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/api/v1/none", "/a%00.b"],
)
def test_what_is_not_there_is_a_404_and_nothing_outside_is_served(dist: Path, path: str) -> None:
    reply = client(dist).get(path)
    assert "secret" not in reply.text.replace("secret.txt", "")
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "not_found"


def test_without_a_build_the_page_says_what_to_do(tmp_path: Path) -> None:
    reply = client(tmp_path / "none").get("/bots/btc")
    assert reply.status_code == 503
    assert "make web" in reply.text


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"origin": "http://localhost"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://localhost:81"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"host": "rebound.example"}, False),
        ({"host": "rebound.example", "origin": "http://rebound.example"}, False),
        ({"host": "[::1]:8700", "origin": "http://[::1]:8700"}, True),
        ({"host": "argosy.lan", "origin": "http://argosy.lan"}, True),
    ],
)
def test_who_may_change_things(dist: Path, headers: dict[str, str], allowed: bool) -> None:
    reply = client(dist, "argosy.lan", "0.0.0.0").post("/", headers=headers)
    assert (reply.status_code == 200) is allowed
    if not allowed:
        assert reply.json()["error"]["code"] == "forbidden"
