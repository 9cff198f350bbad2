"""Logs are read back entry by entry, over rotation, and while they are written."""

from __future__ import annotations

from pathlib import Path

from argosy.infrastructure.logging.reading import LogEntry, LogFile, naming, processes

FIRST = "11:02:05.038 INFO     began  run=btc-1706140800000\n"
TRACE = "11:02:06.000 ERROR    broke  run=btc-17061408000001\nTraceback (most recent call last):\n  File x\n"


def texts(entries: object) -> list[str]:
    return [each.text for each in entries]  # type: ignore[attr-defined]


def test_entries_of_several_lines_stay_together_over_rotation(tmp_path: Path) -> None:
    (tmp_path / "io.log.2").write_text(FIRST)
    (tmp_path / "io.log.1").write_text(TRACE)
    (tmp_path / "io.log").write_text('{"level": "INFO", "message": "json", "run": "r"}\n')
    file = LogFile(tmp_path, "io")
    found = [*file.past(), *file.new(), *file.flush()]
    assert [(each.level, each.text.count("\n")) for each in found] == [
        ("INFO", 0), ("ERROR", 2), ("INFO", 0),
    ]  # fmt: skip
    assert processes(tmp_path) == ["io"]


def test_what_is_added_is_read_once_and_whole(tmp_path: Path) -> None:
    path, file = tmp_path / "io.log", LogFile(tmp_path, "io")
    assert list(file.new()) == []
    path.write_text(FIRST)
    assert (texts(file.new()), texts(file.flush())) == ([], [FIRST.rstrip()])
    with path.open("a") as log:
        log.write("11:02:07.000 INFO     half a")
        log.flush()
        assert texts(file.new()) == []
        log.write(" line\n")
    assert (texts(file.new()), texts(file.flush())) == ([], ["11:02:07.000 INFO     half a line"])


def test_a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_start(tmp_path: Path) -> None:
    path, file = tmp_path / "io.log", LogFile(tmp_path, "io")
    path.write_text(FIRST)
    list(file.new())
    with path.open("a") as log:
        log.write(FIRST.replace("began", "last"))
    path.rename(tmp_path / "io.log.1")
    path.write_text(FIRST.replace("began", "new"))
    found = texts([*file.new(), *file.flush()])
    assert [text.split()[2] for text in found] == ["began", "last", "new"]


def test_a_run_is_named_as_a_whole_word() -> None:
    wanted = naming("btc-1706140800000")
    assert wanted(LogEntry("io", FIRST))
    assert wanted(LogEntry("io", '{"run": "btc-1706140800000"}'))
    assert wanted(LogEntry("io", "run btc-1706140800000: 3 ms"))
    assert not wanted(LogEntry("io", TRACE))
    assert not wanted(LogEntry("io", "run=x-btc-1706140800000"))


def test_lines_of_other_programs_are_entries_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "postgres.log").write_text("2026-02-02 LOG: started\n  detail\n")
    file = LogFile(tmp_path, "postgres")
    assert texts([*file.new(), *file.flush()]) == ["2026-02-02 LOG: started", "  detail"]


def test_levels() -> None:
    assert LogEntry("io", "x", "ERROR").at_least("WARNING")
    assert not LogEntry("io", "x", "INFO").at_least("WARNING")
    assert LogEntry("io", "x").at_least("ERROR"), "output of other programs has no level"
