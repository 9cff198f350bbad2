"""The engine tests' application, whose process dies after it stored a node's outcome.

It dies before it acknowledges the outcome. `DIES_AFTER_OUTCOME_OF` names the node. An outcome is accepted
once, so only the process that stored it dies. The document `deaths` counts the deaths by run id.
"""

from __future__ import annotations

import os
import signal

from argosy.graph.runs import Advanced, Outcome
from argosy.infrastructure.state.redis import RedisRunStore
from argosy.infrastructure.state.redis_documents import RedisDocuments
from support.worker_app import main

NODE_VARIABLE = "DIES_AFTER_OUTCOME_OF"

_finish = RedisRunStore.finish


def _finish_and_die(store: RedisRunStore, run_id: str, key: str, token: str, outcome: Outcome) -> Advanced:
    advanced = _finish(store, run_id, key, token, outcome)
    if advanced.accepted and key == os.environ[NODE_VARIABLE]:
        RedisDocuments(store._url).update("deaths", run_id, lambda count: (count or 0) + 1)
        os.kill(os.getpid(), signal.SIGKILL)
    return advanced


if os.environ.get(NODE_VARIABLE):
    RedisRunStore.finish = _finish_and_die  # type: ignore[method-assign]

if __name__ == "__main__":
    main(prog_name="python -m support.dying_app")
