"""A real browser on the real stack: `argosy up` on a fresh home, Chromium on its dashboard."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.e2e.stack import RunningStack

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
START_LIMIT_S = 170


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def chromium_path() -> str:
    """The system's Chromium; without one the tests are skipped, except in continuous integration."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    reason = f"no browser: expected one of {', '.join(BROWSERS)} on PATH; install Chromium to run these tests"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="package")
def stack(chromium_path: str) -> Iterator[RunningStack]:
    """The whole stack on free ports; E2E_URL (and E2E_HOME) name one that runs already."""
    if url := os.environ.get("E2E_URL"):
        given = os.environ.get("E2E_HOME")
        yield RunningStack(url.rstrip("/"), Path(given) if given else None)
        return
    built = ROOT / "dashboard" / "web" / "dist" / "index.html"
    if not built.is_file():
        pytest.fail(f"the front end is not built: expected {built.relative_to(ROOT)}; run `make web`")
    home = Path(tempfile.mkdtemp(prefix="argosy-e2e-"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARGOSY_")}
    environment |= {
        "ARGOSY_HOME": str(home),
        "ARGOSY_DASHBOARD__PORT": str(_free_port()),
        "ARGOSY_FLOWER__PORT": str(_free_port()),
        "ARGOSY_SANDBOX__PORT": str(_free_port()),
    }
    command = [sys.executable, "-m", "argosy.cli"]
    try:
        started = subprocess.run(
            [*command, "up", "--detach", "--json"],
            env=environment,
            cwd=home,
            capture_output=True,
            text=True,
            timeout=START_LIMIT_S,
            check=False,
        )
        if started.returncode != 0:
            pytest.fail(f"argosy up ended with {started.returncode}:\n{started.stdout}\n{started.stderr}")
        urls = json.loads((home / "run" / "runtime.json").read_text())["urls"]
        yield RunningStack(urls["dashboard"].rstrip("/"), home)
    finally:
        subprocess.run([*command, "down"], env=environment, cwd=home, timeout=60, check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
    yield browser
    browser.close()


PATIENCE_MS = 20_000


@pytest.fixture
def context(browser: Browser, stack: RunningStack) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, base_url=stack.url)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page at 1280×720 on which an uncaught error of the front end fails the test."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
