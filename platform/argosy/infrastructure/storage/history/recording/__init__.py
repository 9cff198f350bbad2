"""From the event stream to history: convert, merge idempotently, store the progress.

All happens in one transaction per batch. `HistoryWriter` serves the recorder. Replaying a batch changes nothing, in
any order. A final status of a node, run or action stays despite all later events of it.
"""

from argosy.infrastructure.storage.history.recording.writer import HistoryWriter, WrittenBatch

__all__ = ["HistoryWriter", "WrittenBatch"]
