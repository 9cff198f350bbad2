"""One process of `make mutate`: pytest with the loop of `mutation.session`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from mutation.plan import PARTS
from mutation.session import MutationSession


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers end as well
    name, prefix, shard, shards, report = sys.argv[1:]
    part = next(each for each in PARTS if each.name == name)
    session = MutationSession(name, prefix, int(shard), int(shards), Path(report))
    return int(pytest.main(["-q", "-p", "no:cacheprovider", *part.tests], plugins=[session]))


if __name__ == "__main__":
    sys.exit(main())
