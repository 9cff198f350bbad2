"""`make language`: lists the docstrings and texts that are not plain English."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from language.rules import first_line_faults, text_faults
from language.sources import ROOT, Text, paths, texts


def main() -> int:
    parser = argparse.ArgumentParser(prog="make language", description=__doc__)
    parser.add_argument(
        "prefix", nargs="*", default=[""], help="paths that begin so, as platform/argosy/core"
    )
    parser.add_argument("--kind", choices=("first", "docstring", "message"), help="only these")
    parser.add_argument("--count", action="store_true", help="only the number by kind and folder")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for path in paths():
        name = path.relative_to(ROOT).as_posix()
        if not any(name.startswith(prefix) for prefix in options.prefix):
            continue
        for text in texts(path):
            counts[f"{text.kind}s"] += 1
            for kind, fault in faults(text):
                if options.kind in (None, kind):
                    counts[f"{kind} faults"] += 1
                    if not options.count:
                        shown = " ".join(text.text.split())[:140]
                        print(f"{text.path}:{text.line}: {fault}: {shown}")
    print(", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())), file=sys.stderr)
    return 1 if any("faults" in kind for kind in counts) else 0


def faults(text: Text) -> list[tuple[str, str]]:
    """Faults with their kind: "first" (a docstring's first line), "docstring" or "message"."""
    found = [(text.kind, fault) for fault in text_faults(text.text)]
    if text.kind == "docstring":
        found += [("first", fault) for fault in first_line_faults(text.text)]
    return found


if __name__ == "__main__":
    sys.exit(main())
