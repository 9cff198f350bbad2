"""Workers compared with each other."""

from __future__ import annotations

from typing import Any

from argosy.infrastructure.state.fleet import troubles
from argosy.infrastructure.state.overview import WorkerSign


def sign(name: str, *, version: str = "1.0", types: str | None = "aaa", **more: Any) -> WorkerSign:
    about: dict[str, Any] = {"name": name, "host": f"host-{name}", "version": version, "held": []}
    if types is not None:
        about["types"] = types
    return WorkerSign(f"h:7:{name}", 7, 4_000, {**about, **more.pop("about", {})}, **more)


def texts(*signs: WorkerSign) -> list[str]:
    return [each.text for each in troubles(signs)]


def test_workers_of_one_build_have_no_trouble() -> None:
    assert texts(sign("a"), sign("b"), sign("starting", types=None)) == []
    assert texts() == []


def test_the_one_that_differs_is_named_with_its_host() -> None:
    (text,) = texts(sign("a"), sign("old", version="0.9"), sign("c"))
    assert "old on host-old" in text
    assert "version 0.9, most have 1.0" in text
    (text,) = texts(sign("a"), sign("b"), sign("bare", types="bbb"))
    assert "bare on host-bare" in text
    assert "other node types" in text


def test_a_held_worker_names_node_run_and_time() -> None:
    held = [{"run": "r1", "node": "s/a", "limitS": 10.0, "sinceMs": 1_767_225_600_000}]
    (text,) = texts(sign("a", about={"held": held}))
    assert "held by node s/a of run r1" in text
    assert "limit of 10 s since 2026-01-01 00:00:00 UTC" in text


def test_a_silent_worker_says_for_how_long() -> None:
    (text,) = texts(sign("a", silent_ms=9_000))
    assert "no heartbeat for 9 s" in text
