"""Our messages equal those of Celery 5.7 on kombu's Redis transport, field by field."""

from __future__ import annotations

import re
from typing import Any

import orjson
import redis
from celery import Celery
from support.builders import meta, workflow

from argosy.infrastructure.state.envelope import control
from argosy.infrastructure.state.redis import RedisRunStore


def published_by_celery(url: str, task: str, args: list[Any]) -> dict[str, Any]:
    app = Celery(broker=url, set_as_current=False)
    app.conf.task_ignore_result = True
    app.send_task(task, args=args, queue="theirs", ignore_result=True)
    with redis.Redis.from_url(url) as client:
        return orjson.loads(client.rpop("theirs"))


def decoded(message: dict[str, Any]) -> Any:
    from kombu.transport.virtual import Base64

    encoding = message["properties"].get("body_encoding")
    body = Base64().decode(message["body"]) if encoding == "base64" else message["body"]
    return orjson.loads(body)


def test_a_nodes_message_has_the_fields_celery_writes(redis_url: str) -> None:
    RedisRunStore(redis_url).launch(meta("r1"), workflow([("a", "b")]))
    with redis.Redis.from_url(redis_url) as client:
        ours = orjson.loads(client.rpop("argosy.quick"))
    theirs = published_by_celery(redis_url, "argosy.node", ["r1", "a"])
    assert decoded(ours) == decoded(theirs)
    assert set(ours) == set(theirs)
    assert set(theirs["headers"]) - {"task_id"} <= set(ours["headers"])
    same = ("lang", "task", "eta", "expires", "group", "group_index", "retries", "timelimit", "ignore_result",
            "replaced_task_nesting", "stamped_headers", "stamps")  # fmt: skip
    assert {k: ours["headers"][k] for k in same} == {k: theirs["headers"][k] for k in same}
    assert set(theirs["properties"]) - set(ours["properties"]) == {"body_encoding"}  # ours is not base64
    assert re.fullmatch(r"r1\.1\.\d{13}", ours["properties"]["delivery_tag"])
    assert ours["properties"]["delivery_info"] == {"exchange": "", "routing_key": "argosy.quick"}


def test_a_control_message_too(redis_url: str) -> None:
    ours = orjson.loads(
        control("argosy.run_bot", ["b", None, "manual", "r"], tag="t1", queue="argosy.control")
    )
    theirs = published_by_celery(redis_url, "argosy.run_bot", ["b", None, "manual", "r"])
    assert decoded(ours) == decoded(theirs)
    assert set(ours) == set(theirs)
    assert set(theirs["headers"]) <= set(ours["headers"])


def test_a_nodes_message_stays_small_however_long_the_chain(redis_url: str) -> None:
    sizes = {}
    with redis.Redis.from_url(redis_url) as client:
        for n in (20, 200):
            flow = workflow([(f"n{i}", f"n{i + 1}") for i in range(n)], digest=str(n) * 20)
            RedisRunStore(redis_url).launch(meta(f"r{n:03}", digest=str(n) * 20, bot_id=f"b{n}"), flow)
            sizes[n] = len(client.rpop("argosy.quick"))
    assert sizes[200] == sizes[20]
    assert sizes[20] < 1_000
