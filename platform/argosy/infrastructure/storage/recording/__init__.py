"""From the stream of events to history: convert, merge idempotently, note the progress, in one transaction.

`HistoryWriter` is what the recorder uses. A replayed batch changes nothing, in whatever order and however
often events come; the final state of a node, run or action absorbs all later news of it.
"""

from argosy.infrastructure.storage.recording.writer import HistoryWriter, Written

__all__ = ["HistoryWriter", "Written"]
