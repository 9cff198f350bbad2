"""Broker message of one node, in the format of Celery 5.7 and kombu 5.7.

The scripts that advance a run store an outcome and enqueue messages in one atomic step. So no crash can separate
the two. This relies on the envelope: task protocol 2 in kombu's Redis transport.
`tests/contract/state/test_envelope.py` compares it with Celery's own messages, and kombu is pinned. The scripts
replace the marks @@…@@; node keys need no JSON escaping.
"""

from __future__ import annotations

import orjson

TASK = "argosy.node"


def template(run_id: str, correlation_id: str) -> bytes:
    """Return the envelope for all nodes of a run.

    Marks stand for key, queue, unique tag and hard time limit.
    """
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
    """Return a complete message for a control task, for processes that do not import Celery."""
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
