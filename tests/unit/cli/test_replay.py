"""`argosy workflow run --replay`: what the report tells, what is refused, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run as argosy

START = 1_770_033_600  # 2026-02-02 12:00 UTC
HEAD = "timestamp_ms,call_bid,call_ask,put_bid,put_ask,seconds_to_expiry"
D = Decimal
PAIR = "btc_15m_pair_arbitrage"


@dataclass(frozen=True)
class Replayed:
    code: int
    report: dict[str, Any]

    @property
    def warnings(self) -> dict[str, dict[str, Any]]:
        return {warning["code"]: warning for warning in self.report["warnings"]}

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.report["error"]
        return error


Replay = Callable[..., Replayed]


@pytest.fixture
def replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Runs a workflow (an id or a document) over texts, a file each."""

    def replay(workflow: str | dict[str, Any], *texts: str, more: tuple[str, ...] = ()) -> Replayed:
        if isinstance(workflow, dict):
            document = tmp_path / "workflow.json"
            document.write_text(json.dumps(workflow))
            workflow = str(document)
        files: list[str] = []
        for number, text in enumerate(texts):
            path = tmp_path / f"recording{number}.{'jsonl' if text.startswith('{') else 'csv'}"
            path.write_text(text)
            files += ["--replay", str(path)]
        code = argosy(["workflow", "run", workflow, *files, *more, "--json"])
        return Replayed(code, json.loads(capsys.readouterr().out))

    return replay


def rows(count: int = 40, *, call: str = "0.49,0.50", put: str = "0.50,0.51") -> list[str]:
    return [f"{(START + second) * 1000},{call},{put},{900 - second}" for second in range(count)]


def quotes(*lines: str) -> str:
    return "\n".join([HEAD, *(lines or rows())]) + "\n"


def document(*nodes: dict[str, Any], edges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "see", "name": "See", "kind": "strategy", "schema": 1, "nodes": list(nodes), "edges": edges}


def watching() -> dict[str, Any]:
    """Reads the market, asks whether its window is young, and tells it."""
    return document(
        {"id": "begin", "type": "strategy.start"},
        {"id": "market", "type": "trading.market"},
        {"id": "young", "type": "threshold", "params": {"threshold": "881"}},
        {"id": "tell", "type": "notify", "params": {"title": "young"}},
        edges=[
            {"source": "begin", "target": "market", "targetHandle": "when"},
            {"source": "market", "sourceHandle": "seconds_left", "target": "young", "targetHandle": "value"},
            {"source": "young", "sourceHandle": "high", "target": "tell", "targetHandle": "value"},
        ],
    )


# --- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option",
    [
        *(
            ("--depth", value)
            for value in ("0", "-1", "nan", "inf", "sNaN", "1e400", "1e-400", "100001", "x")
        ),
        *(("--fee-rate", value) for value in ("7", "-0.1", "nan", "inf", "1e400")),
        *(("--capital", value) for value in ("0", "-5", "nan", "inf", "1e400", "1e-400", "1e16", "many")),
        *(("--every", value) for value in ("nan", "inf", "-1", "3601")),
        ("--runs", "0"),
        ("--set", "nothing"),
        ("--set", "unheard.of=1"),
    ],
    ids="=".join,
)
def test_impossible_options_are_refused_in_words(replayed: Replay, option: tuple[str, str]) -> None:
    found = replayed(PAIR, quotes(), more=option)
    assert found.code == 2
    assert found.error["code"] in ("invalid_input", "usage")
    assert "unexpected" not in found.error["message"]


# --- rows that cannot be read ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["{:.5E}", "0{:x}"])
def test_a_refusal_names_the_rows(replayed: Replay, shape: str) -> None:
    damaged = [f"{shape.format(int(row.split(',')[0]))},{row.partition(',')[2]}" for row in rows(30)]
    found = replayed(PAIR, quotes(*damaged))
    assert (found.code, found.error["code"]) == (2, "invalid_input")
    assert "30 rows cannot be read" in found.error["found"]
    assert "recording0.csv line 2: " + damaged[0] in found.error["found"]


@pytest.mark.parametrize("word", ["nan", "-inf", "sNaN"])
def test_rows_left_out_are_counted_with_an_example(replayed: Replay, word: str) -> None:
    damaged = rows()
    damaged[7] = damaged[7].rpartition(",")[0] + f",{word}"
    damaged[9] += ",9"
    found = replayed(PAIR, quotes(*damaged))
    assert found.code == 0
    warning = found.warnings["unparseable"]
    assert (warning["count"], warning["example"]) == (2, f"recording0.csv line 9: {damaged[7]}")


def test_quotes_newest_first_give_the_same_report(replayed: Replay) -> None:
    lines = [*rows(20), *rows(900, call="0.44,0.45", put="0.47,0.48")[20:60], *rows(900)[60:]]
    up, down = replayed(PAIR, quotes(*lines)), replayed(PAIR, quotes(*lines[::-1]))
    assert up.report["fills"]
    differ = {"durationMs", "runsPerSecond", "warnings"}
    assert {k: v for k, v in down.report.items() if k not in differ} == {
        k: v for k, v in up.report.items() if k not in differ
    }
    assert down.warnings["newest_first"]["count"] == 900


# --- what the report tells ---------------------------------------------------------------------------------


def test_a_strategy_that_only_notifies_shows_that_it_fired(replayed: Replay) -> None:
    found = replayed(watching(), quotes())
    assert found.code == 0
    told = found.report["notifications"]
    assert told["total"] == 20  # seconds 0 to 19 of the window
    assert len(told["first"]) == 20
    assert told["first"][0] == {
        "at": "2026-02-02T12:00:00.000Z",
        "node": "tell",
        "level": "info",
        "title": "young",
        "body": '"900.0"',
    }
    nodes = found.report["nodes"]
    assert nodes["market"]["outcomes"] == {"success": 40}
    assert nodes["young"]["branches"] == {"high": 20, "low": 20}
    assert nodes["tell"]["outcomes"] == {"success": 20, "skipped": 20}


def test_a_replay_whose_runs_all_failed_ends_with_1(replayed: Replay) -> None:
    broken = watching()
    broken["nodes"][1]["params"] = {"venue": "binance"}
    found = replayed(broken, quotes())
    assert found.code == 1
    assert found.report["runs"]["failed"] == found.report["runs"]["total"] == 40
    market = found.report["nodes"]["market"]
    assert market["outcomes"] == {"failed": 40}
    assert "no two-outcome markets" in market["error"]["message"]


def test_prices_alone_say_that_nothing_can_be_bought(replayed: Replay) -> None:
    bars = "\n".join(f"{(START + 60 * minute) * 1000},{60_000 + minute}" for minute in range(20))
    workflow = document(
        {"id": "begin", "type": "strategy.start"},
        {
            "id": "price",
            "type": "trading.reference_price",
            "params": {"venue": "binance", "symbol": "BTC/USD"},
        },
        edges=[{"source": "begin", "target": "price", "targetHandle": "when"}],
    )
    found = replayed(workflow, f"ts,close\n{bars}\n")
    assert found.code == 0
    assert found.report["buying"]["possible"] is False
    assert "prices only" in found.report["buying"]["reason"]


@pytest.mark.parametrize(
    ("lines", "possible"),
    [
        (rows(call="0.99,1", put="0.01,1"), False),
        (rows(), True),
        (rows(call="0.99,1", put="0.01,0.02"), True),
    ],
)
def test_books_without_an_ask_say_that_nothing_can_be_bought(
    replayed: Replay, lines: list[str], possible: bool
) -> None:
    found = replayed(PAIR, quotes(*lines))
    assert found.report["buying"]["possible"] is possible
    assert ("no_asks" in found.warnings) is not possible


# --- numbers and the tick size -----------------------------------------------------------------------------


def books(number: type, **first: Any) -> str:
    """A minute of both books; together the asks cost 0.93 for a while."""
    lines = []
    for second in range(10, 60):
        cheap = 20 <= second < 45
        for token, bid, ask in (("71", 0.44, 0.45), ("82", 0.47, 0.48)):
            levels = (bid, ask) if cheap else (0.49, 0.51)
            ms = (START + second) * 1000
            message: dict[str, Any] = {
                "event_type": "book",
                "asset_id": int(token) if number is float else token,
                "timestamp": str(ms),
                "hash": f"{token}{ms}",
                "bids": [{"price": number(levels[0]), "size": number(50)}],
                "asks": [{"price": number(levels[1]), "size": number(50)}],
            }
            if second == 10:
                message |= first
            lines.append({"slug": f"btc-updown-15m-{START}", "recv_ts": ms / 1000, "raw_data": message})
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_prices_as_json_numbers_trade_as_texts_do(replayed: Replay) -> None:
    texts, numbers = replayed(PAIR, books(str)), replayed(PAIR, books(float))
    assert texts.report["opportunities"]["taken"] == 1
    assert numbers.report["pnl"] == texts.report["pnl"]
    dealt = [
        [(f["at"], D(f["quantity"]), f["price"]) for f in one.report["fills"]] for one in (numbers, texts)
    ]
    assert dealt[0] == dealt[1] != []


def test_the_recorded_tick_size_binds_orders(replayed: Replay) -> None:
    """On a grid of 0.001 the slack of an order is no whole number of cents."""
    coarse, fine = replayed(PAIR, books(str)), replayed(PAIR, books(str, tick_size="0.001"))
    assert coarse.report["actions"] == fine.report["actions"]
    assert fine.report["opportunities"]["taken"] == 1
    ten = replayed(PAIR, books(str, tick_size="0.1"))
    assert not ten.report["fills"], "0.45 is no price on a grid of 0.1"
    assert D(ten.report["pnl"]["total"]) == 0


@pytest.mark.parametrize("more", [("--set", "books.venue=polymraket"), ("--set", "settle.venue=polymraket")])
def test_a_misspelt_venue_is_an_error_with_the_nearest_name(replayed: Replay, more: tuple[str, ...]) -> None:
    found = replayed(PAIR, "\n".join([HEAD, *rows()]), more=more)
    assert found.code != 0
    assert "polymraket" in json.dumps(found.error)
    assert "did you mean polymarket" in json.dumps(found.error)
