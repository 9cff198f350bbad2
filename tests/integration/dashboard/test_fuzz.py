"""Whatever comes in, the answer is clear and never a 500."""

from __future__ import annotations

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.routes import PREFIX, ROUTES

from .conftest import World

pytestmark = pytest.mark.integration

calm = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
text = st.one_of(st.text(max_size=40), st.text(string.ascii_letters + "-_.%/\\", max_size=70), st.just("btc"))
parts = st.sampled_from([route.path for route in ROUTES if route.method == "GET"])
names = st.sampled_from(
    ["bot", "strategy", "status", "before", "limit", "subject", "action", "actor", "since", "x"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
messages = st.one_of(
    text,
    values.map(json.dumps),
    st.fixed_dictionaries(
        {"op": st.sampled_from(["subscribe", "unsubscribe", "ping"]) | text},
        optional={
            "scope": values
            | st.fixed_dictionaries(
                {"kind": st.sampled_from(["all", "bot", "strategy"])},
                optional={"botId": text, "strategyId": text},
            ),
            "after": text | st.from_regex(r"\A[0-9]{1,15}-[0-9]{1,9}\Z"),
            "batch": values,
        },
    ).map(json.dumps),
)


@calm
@given(path=parts, fill=text, query=st.lists(st.tuples(names, text), max_size=4))
def test_no_request_breaks_the_api(world: World, path: str, fill: str, query: list[tuple[str, str]]) -> None:
    for name in ("botId", "strategyId", "runId", "nodeId", "workflowId"):
        path = path.replace(f"{{{name}}}", quote(fill, safe=""))
    asked = "&".join(f"{name}={quote(value)}" for name, value in query)
    reply = world.client.get(f"{world.url}{PREFIX}{path}?{asked}", follow_redirects=False)
    assert reply.status_code in (200, 307, 404, 422), (reply.status_code, reply.text)
    if reply.status_code in (404, 422):
        assert reply.json()["error"]["message"]


controls = st.text(
    st.sampled_from("\x00\x07\x1b\x7f\x9b\u202e\u2028\ud800\ufeff\n\ta[2J"), min_size=1, max_size=30
)
orders = st.sampled_from(
    [
        "emergency/halt",
        "emergency/alert",
        "emergency/resume",
        "emergency/shutdown",
        "bots",
        "workflows",
        "workflows:validate",
        "workflows/x/restore",
    ]
)


@calm
@given(
    path=orders | st.just("risk/limits/x"),
    body=st.fixed_dictionaries(
        {"reason": controls},
        optional={
            "scope": st.sampled_from(["platform", "bot:btc"]) | controls,
            "confirm": controls,
            "kind": controls,
            "max": controls,
            "extra": controls,
            "document": st.dictionaries(controls, values, max_size=3),
            "capital": controls,
            "values": st.lists(controls, max_size=2),
        },
    ),
)
def test_no_character_of_a_body_breaks_the_api(world: World, path: str, body: dict[str, str]) -> None:
    method = "PUT" if path.startswith("risk") else "POST"
    reply = world.client.request(
        method,
        f"{world.url}{PREFIX}/{path}",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert reply.status_code in (200, 404, 409, 422), (reply.status_code, reply.text)


@calm
@given(sent=st.lists(messages, min_size=1, max_size=5))
def test_no_message_breaks_the_socket(world: World, sent: list[str]) -> None:
    with world.live() as live:
        for message in sent:
            live.socket.send(message)
        live.say(op="ping")
        got = live.until(lambda m: m["type"] == "pong", timeout_s=30)
    assert {m["type"] for m in got} <= {"error", "pong", "snapshot", "reset"}
