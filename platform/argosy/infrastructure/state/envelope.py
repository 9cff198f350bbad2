"""The broker message of one node, as Celery 5.7 and kombu 5.7 write it.

The scripts that advance a run put messages into the broker's queues in the same atomic step that stores an
outcome, so no crash can fall between. That rests on this envelope (task protocol 2 in kombu's Redis transport):
`tests/contract/state/test_envelope.py` compares it with what Celery itself publishes, and kombu is pinned.
Marks in @@…@@ are filled in by the scripts; node keys need no JSON escaping.
"""

from __future__ import annotations

import orjson

TASK = "argosy.node"


def template(run_id: str, correlation_id: str) -> bytes:
    """The envelope of every node of a run, with marks for key, queue, unique tag and hard time limit."""
    body = orjson.dumps(
        [[run_id, "@@KEY@@"], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    )
    text = orjson.dumps(
        {
            "body": body.decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": TASK,
                "id": "@@TAG@@",
                "shadow": None,
                "eta": None,
                "expires": None,
                "group": None,
                "group_index": None,
                "retries": 0,
                "timelimit": ["@@LIMIT@@", None],
                "root_id": run_id,
                "parent_id": None,
                "argsrepr": f"({run_id!r}, '@@KEY@@')",
                "kwargsrepr": "{}",
                "origin": "argosy",
                "ignore_result": True,
                "replaced_task_nesting": 0,
                "stamped_headers": None,
                "stamps": {},
                "correlationId": correlation_id,
            },
            "properties": {
                "correlation_id": "@@TAG@@",
                "reply_to": "",
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": "@@QUEUE@@"},
                "priority": 0,
                "delivery_tag": "@@TAG@@",
            },
        }
    )
    return text.replace(b'"@@LIMIT@@"', b"@@LIMIT@@")


def control(task: str, args: list[object], *, tag: str, queue: str, expires: str | None = None) -> bytes:
    """A whole message for one task of the control queue, for processes that do not import Celery."""
    return orjson.dumps(
        {
            "body": orjson.dumps(
                [args, {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
            ).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": task,
                "id": tag,
                "shadow": None,
                "eta": None,
                "expires": expires,
                "group": None,
                "group_index": None,
                "retries": 0,
                "timelimit": [None, None],
                "root_id": tag,
                "parent_id": None,
                "argsrepr": repr(tuple(args)),
                "kwargsrepr": "{}",
                "origin": "argosy",
                "ignore_result": True,
                "replaced_task_nesting": 0,
                "stamped_headers": None,
                "stamps": {},
            },
            "properties": {
                "correlation_id": tag,
                "reply_to": "",
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "delivery_tag": tag,
            },
        }
    )
