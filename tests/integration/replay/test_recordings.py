"""The shipped strategies over real recordings: what they must not take, and what they must."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run as argosy
from argosy.domains.trading.evidence import HISTORY

D = Decimal
NAIVE = D("0.99")


@pytest.fixture
def quotes(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "polymarket" / "l1_15m").glob("*.csv"))


@pytest.fixture
def replayed(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """`argosy workflow run WORKFLOW --replay FILE… --json`, parsed."""

    def replay(workflow: str, *files: Path, more: tuple[str, ...] = (), code: int = 0) -> dict[str, Any]:
        given = [part for file in files for part in ("--replay", str(file))]
        assert argosy(["workflow", "run", workflow, *given, *more, "--json"]) == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return replay


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def shifted(rows: list[dict[str, str]], first: int, count: int, by: str, side: str = "put") -> None:
    """Makes one token cheaper by `by` on both sides of its book, for `count` rows."""
    for row in rows[first : first + count]:
        for name in (f"{side}_bid", f"{side}_ask"):
            row[name] = str(max(D(row[name]) - D(by), D("0.01")))


def codes(report: dict[str, Any]) -> dict[str, int]:
    return {warning["code"]: warning["count"] for warning in report["warnings"]}


# --- honest fills ---------------------------------------------------------------------------------------


def profit(row: dict[str, str]) -> Decimal:
    """Profit of one share of each token at the asks of a row, after fees."""
    up, down = D(row["call_ask"]), D(row["put_ask"])
    return 1 - up - down - D("0.07") * (up * (1 - up) + down * (1 - down))


def is_invented(row: dict[str, str]) -> bool:
    return D(row["call_ask"]) + D(row["put_ask"]) < NAIVE


def around(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows at which the naive rule fires or a pair would pay, and what decides on them.

    A pair that would pay is judged by the rows that the guard remembers, and is bought on the next ones. The
    others pay nothing.
    """
    kept: set[int] = set()
    for at, row in enumerate(rows):
        if profit(row) > 0:
            kept |= set(range(max(0, at - HISTORY), min(len(rows), at + 5)))
        elif is_invented(row):
            kept.add(at)
    return [rows[at] for at in sorted(kept)]


def marks(rows: list[dict[str, str]]) -> int:
    """Number of rows with a token whose bid reaches its ask."""
    return sum(
        any(D(row[f"{name}_bid"]) >= D(row[f"{name}_ask"]) for name in ("call", "put")) for row in rows
    )


@pytest.mark.timeout(400)
def test_the_naive_rule_fires_on_stale_rows_and_the_strategy_books_none_of_them(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    """Over the four hours of recorded quotes `ask + ask < 0.99` fires 75 times; not one of them was there.

    Elsewhere no pair pays. The window with most of the 75 is replayed whole, the others around them.
    """
    windows = [rows_of(path) for path in quotes]
    fires = [row for rows in windows for row in rows if is_invented(row)]
    assert sum(map(len, windows)) == 14_147
    assert len(fires) == 75
    # What the naive rule would have booked, at ten shares a time and after fees, is pure invention.
    assert sum(10 * profit(row) for row in fires) > 10

    whole = max(windows, key=lambda rows: sum(map(is_invented, rows)))
    shown = [rows if rows is whole else around(rows) for rows in windows]
    files = [written(tmp_path / path.name, rows) for path, rows in zip(quotes, shown, strict=True)]
    report = replayed("btc_15m_pair_arbitrage", *files)
    assert report["fills"] == []
    assert report["pnl"] == {"realised": "0", "unrealised": "0", "unresolved": "0", "total": "0"}
    assert report["opportunities"] == {"found": 0, "taken": 0}
    total = sum(map(len, shown))
    assert total > 1_500
    assert report["runs"]["total"] == report["runs"]["success"] > total - 30
    found = codes(report)
    assert found["skipped_locked"] + found["skipped_crossed"] == sum(map(marks, shown)) > 100


def test_doubtful_rows_are_counted_over_the_whole_recording(
    quotes: list[Path], replayed: Callable[..., dict[str, Any]]
) -> None:
    """Every row is read and judged, however few runs there are."""
    report = replayed("btc_15m_pair_arbitrage", *quotes, more=("--every", "3600"))
    found = codes(report)
    assert found["pair_sum_below_one"] == 188
    assert found["locked"] + found["crossed"] >= 572


def held_beyond_the_pairs(report: dict[str, Any]) -> None:
    """Positions are only the few shares that one leg brought more than the other at better prices."""
    bought = sum(D(fill["quantity"]) for fill in report["fills"])
    held = sum((D(position["quantity"]) for position in report["positions"]), D(0))
    assert held < bought / 20, report["positions"]


def test_a_lasting_gap_is_taken_and_what_is_booked_adds_up(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    rows = rows_of(quotes[1])[:400]
    shifted(rows, 300, 30, "0.08")
    report = replayed("btc_15m_pair_arbitrage", written(tmp_path / "gap.csv", rows[200:]))
    fills = report["fills"]
    assert fills
    gap_ms = [int(row["timestamp_ms"]) for row in rows[300:330]]
    assert all(rows[303]["timestamp"] < fill["at"].rstrip("Z") for fill in fills)
    assert all(fill["at"][:19] <= rows[332]["timestamp"][:19] for fill in fills)
    assert len(gap_ms) == 30
    cash = sum(
        (1 if fill["side"] == "sell" else -1) * D(fill["quantity"]) * D(fill["price"]) - D(fill["fee"])
        for fill in [*fills, *report["settlements"]]
    )
    assert D(report["cash"]) - D(report["capital"]) == cash
    held_beyond_the_pairs(report)
    value = sum((D(position["value"]) for position in report["positions"]), D(0))
    assert D(report["pnl"]["total"]) == cash + value
    assert D(report["pnl"]["realised"]) > 0
    for fill in fills:
        price, quantity = D(fill["price"]), D(fill["quantity"])
        assert D(fill["fee"]) == (quantity * D("0.07") * price * (1 - price)).quantize(D("0.00001"))


@pytest.mark.parametrize("rows_long", [1, 2])
def test_a_gap_of_one_or_two_rows_is_never_taken(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]], rows_long: int
) -> None:
    rows = rows_of(quotes[1])
    for first in range(50, 800, 25):
        shifted(rows, first, rows_long, "0.12", side="put" if first % 2 else "call")
    report = replayed("btc_15m_pair_arbitrage", written(tmp_path / "stale.csv", rows))
    assert codes(report)["pair_sum_below_one"] >= 28
    assert report["fills"] == []


def test_a_token_that_stands_still_is_never_taken(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    """A feed that hangs shows a gap for as long as it hangs."""
    apparent = 0
    for path in quotes[1:3]:
        rows = rows_of(path)
        for first in (100, 300, 500, 700):
            for row in rows[first + 1 : first + 90]:
                row["put_bid"], row["put_ask"] = rows[first]["put_bid"], rows[first]["put_ask"]
        report = replayed("btc_15m_pair_arbitrage", written(tmp_path / path.name, rows))
        apparent += codes(report).get("pair_sum_below_one", 0)
        assert report["fills"] == []
    assert apparent > 150


def test_a_token_that_still_shows_the_old_market_is_never_taken(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    before, rows = rows_of(quotes[4])[-60], rows_of(quotes[5])
    for row in rows[:12]:
        row["call_bid"], row["call_ask"] = before["call_bid"], before["call_ask"]
    report = replayed("btc_15m_pair_arbitrage", written(tmp_path / "leftover.csv", rows[:100]))
    assert report["fills"] == []


# --- raw order books ------------------------------------------------------------------------------------


def test_one_recorded_token_prices_the_other_but_never_pays_for_a_pair(
    shared_data: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    folder = shared_data / "polymarket" / "clob_books_5m"
    some = ("--every", "5", "--runs", "500")
    report = replayed("btc_15m_pair_arbitrage", folder / "books_1hz.jsonl.gz", more=some)
    assert report["runs"]["total"] == 500
    assert report["fills"] == []
    found = codes(report)
    assert found["mirrored_book"] > 450
    assert found["outcome_unknown"] == 1
    parquet = folder / "original_btc-updown-5m-1776323400_1776323446.parquet"
    assert replayed("btc_15m_pair_arbitrage", parquet)["fills"] == []


def test_a_gap_between_two_recorded_books_of_one_moment_is_taken(
    shared_data: Path, tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    source = shared_data / "polymarket" / "clob_books_5m" / "books_full_btc-updown-5m-1776327000.jsonl.gz"
    with gzip.open(source, "rt") as file:
        messages = [json.loads(line) for line in file]
    tokens = [message["raw_data"]["asset_id"] for message in messages]
    rarer = min(set(tokens), key=tokens.count)
    start = 1_776_327_265_000  # both tokens were recorded for the next ten seconds
    for message in messages:
        book = message["raw_data"]
        if book["asset_id"] == rarer and start <= int(book["timestamp"]):
            for side in ("bids", "asks"):
                cheaper = [level | {"price": str(D(level["price"]) - D("0.07"))} for level in book[side]]
                book[side] = [level for level in cheaper if D(level["price"]) > 0]
    changed = tmp_path / "gap.jsonl"
    changed.write_text("\n".join(json.dumps(message) for message in messages))
    assert replayed("btc_15m_pair_arbitrage", source)["fills"] == []
    report = replayed("btc_15m_pair_arbitrage", changed)
    assert report["opportunities"]["taken"] >= 1
    assert D(report["pnl"]["realised"]) > 0
    held_beyond_the_pairs(report)


# --- fair value, settlement -----------------------------------------------------------------------------


FIVE_MINUTES = (
    "--set",
    'settlement.accepted=["btc-5m-twap-60"]',
    "--set",
    "settlement.acceptUnknown=true",
)


def test_positions_are_settled_by_the_recorded_winner(
    shared_data: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    folder = shared_data / "polymarket" / "snapshots_5m"
    files = folder / "snapshots_iter027.csv", folder / "candles_iter027.csv"
    report = replayed("btc_15m_fair_value", *files, more=FIVE_MINUTES)
    assert report["fills"]
    with files[1].open() as file:
        winners = {row["slug"]: row["winner"].upper() for row in csv.DictReader(file) if row["winner"]}
    assert report["settlements"]
    for paid in report["settlements"]:
        assert D(paid["price"]) == (1 if winners[paid["slug"]] == paid["outcome"] else 0)


def test_without_a_resolution_nothing_is_won(
    shared_data: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    snapshots = shared_data / "polymarket" / "snapshots_5m" / "snapshots_iter027.csv"
    report = replayed("btc_15m_fair_value", snapshots, more=FIVE_MINUTES)
    assert report["fills"]
    assert report["settlements"] == []
    over = [position for position in report["positions"] if position["state"] == "unresolved"]
    assert over
    assert codes(report)["unresolved_position"] == len(over)
    assert D(report["pnl"]["realised"]) == 0
    held = sum(D(position["value"]) for position in report["positions"])
    assert D(report["cash"]) + held - D(report["capital"]) == D(report["pnl"]["total"])
    assert all(D(position["value"]) < D(position["quantity"]) for position in over)


def test_another_settlement_rule_halts_the_strategy(
    shared_data: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    snapshots = shared_data / "polymarket" / "snapshots_5m" / "snapshots_iter027.csv"
    report = replayed("btc_15m_fair_value", snapshots, code=1)  # no run succeeded
    assert report["fills"] == []
    found = codes(report)
    assert found["settlement_changed"] > 200
    # The others are due in the first seconds of a window, before its books were seen.
    assert report["runs"]["failed"] == found["settlement_changed"] + found.get("venue_not_found", 0)


def test_fair_value_runs_on_klines_alone_and_says_that_it_cannot_buy(
    shared_data: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    klines = shared_data / "btc_spot" / "btcusdt_1m_close.csv.gz"
    report = replayed("btc_15m_fair_value", klines, more=("--runs", "120"))
    assert report["runs"] == {"total": 120, "success": 120, "failed": 0, "cancelled": 0}
    assert {"no_books", "market_assumed", "price_source_substituted"} <= set(codes(report))
    assert report["fills"] == []


def test_the_bot_with_both_strategies_runs_over_a_recording(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    rows = rows_of(quotes[1])[:400]
    shifted(rows, 300, 30, "0.08")
    gap = written(tmp_path / "gap.csv", rows[200:])
    # Without reference prices each run has failed nodes, so none is a success; the other strategy trades all the same.
    report = replayed("btc_15m_bot", gap, more=("--capital", "500"), code=1)
    assert report["capital"] == "500"
    assert report["fills"]
    assert report["runs"]["total"] > 170


# --- the same every time, and errors --------------------------------------------------------------------


def test_the_same_recording_gives_the_same_result(
    quotes: list[Path], tmp_path: Path, replayed: Callable[..., dict[str, Any]]
) -> None:
    rows = rows_of(quotes[2])[:400]
    shifted(rows, 300, 40, "0.08")
    gap = written(tmp_path / "gap.csv", rows[250:])
    first, second = (replayed("btc_15m_pair_arbitrage", gap) for _ in range(2))
    for name in ("durationMs", "runsPerSecond"):
        first.pop(name), second.pop(name)
    assert first == second
    assert first["fills"]


def test_what_cannot_be_run_on_is_refused(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rubbish = tmp_path / "rubbish.csv"
    rubbish.write_text("a,b\n1,2\n")
    klines = shared_data / "btc_spot" / "btcusdt_1m_close.csv.gz"
    for arguments, says in (
        (["--replay", str(rubbish)], "not a recording"),
        (["--replay", str(tmp_path / "absent.csv")], "there is no recording"),
        (["--replay", str(klines)], "only prices"),
        ([], "nothing to run on"),
        (["--replay", str(klines), "--set", "nonsense"], "--set does not fit"),
        (["--replay", str(klines), "--set", "nobody.x=1"], "does not have"),
    ):
        assert argosy(["workflow", "run", "btc_15m_pair_arbitrage", *arguments, "--json"]) == 2
        error = json.loads(capsys.readouterr().out)["error"]
        assert says in error["message"]
    assert argosy(["workflow", "run", "absent.json", "--replay", str(klines), "--json"]) == 2
