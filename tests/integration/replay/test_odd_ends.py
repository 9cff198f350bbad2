"""Markets that end otherwise than by a winner, over whole replays: split, odd payouts, refunds, no end at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run as argosy

D = Decimal
START = 1_770_033_600
SLUG = f"btc-updown-15m-{START}"
UP, DOWN = "4242424242", "7373737373"
KEEPS_PAIRS = ("--set", "buy.merge=false")

Replay = Callable[..., dict[str, Any]]


@pytest.fixture
def replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replay:
    """The packaged pair arbitrage over lines of JSON, a file each, or rows of a CSV."""

    def replay(
        *recordings: list[dict[str, Any]] | str,
        more: tuple[str, ...] = KEEPS_PAIRS,
        workflow: dict[str, Any] | None = None,
        code: int = 0,
    ) -> dict[str, Any]:
        name = "btc_15m_pair_arbitrage"
        if workflow is not None:
            name = str(tmp_path / "workflow.json")
            Path(name).write_text(json.dumps(workflow))
        given: list[str] = []
        for number, rows in enumerate(recordings):
            text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
            path = tmp_path / f"{number}.{'csv' if isinstance(rows, str) else 'jsonl'}"
            path.write_text(text)
            given += ["--replay", str(path)]
        assert argosy(["workflow", "run", name, *given, *more, "--json"]) == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return replay


def gamma(prices: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    market = {
        "slug": SLUG,
        "conditionId": "0xab",
        "outcomes": '["Down", "Up"]',
        "clobTokenIds": json.dumps([DOWN, UP]),
        "outcomePrices": json.dumps(list(prices[::-1])),
        "closed": True,
        "closedTime": "2026-02-02 12:16:30+00",
        "umaResolutionStatus": "resolved",
        "feeSchedule": {"rate": 0.07, "exponent": 1},
        "eventStartTime": "2026-02-02T12:00:00Z",
        "endDate": "2026-02-02T12:15:00Z",
    }
    return [{**market, **more}]


def books(last_s: int = 60) -> list[dict[str, Any]]:
    """Both books once a second: asks of 0.92 together for a while, near certainty for UP at the end."""
    seconds = [*range(10, 60), *range(870, last_s, 10)]
    return list(_books(seconds))


def _books(seconds: list[int]) -> Iterator[dict[str, Any]]:
    for second in seconds:
        up, down = ("0.43", "0.44"), ("0.47", "0.48")
        if not 20 <= second < 45:
            up, down = ("0.50", "0.51"), ("0.49", "0.50")
        if second >= 870:
            up, down = ("0.97", "0.98"), ("0.02", "0.03")
        ms = (START + second) * 1000
        for token, (bid, ask) in ((UP, up), (DOWN, down)):
            yield {
                "slug": SLUG,
                "recv_ts": ms / 1000,
                "raw_data": {
                    "event_type": "book",
                    "asset_id": token,
                    "market": "0xab",
                    "timestamp": str(ms),
                    "hash": f"{token}{ms}",
                    "bids": [{"price": bid, "size": "40"}],
                    "asks": [{"price": ask, "size": "40"}],
                },
            }


def redeemed(report: dict[str, Any]) -> dict[str, tuple[Decimal, str]]:
    return {
        one["outcome"]: (D(one["price"]), one["resolution"])
        for one in report["settlements"]
        if one["kind"] == "redeem"
    }


@pytest.mark.parametrize("last_s", [60, 1_200], ids=["ends_before_the_resolution", "goes_on"])
@pytest.mark.parametrize(
    ("prices", "paid"),
    [
        (("0.5", "0.5"), {"UP": (D("0.5"), "paid ½ each"), "DOWN": (D("0.5"), "paid ½ each")}),
        (("0.3", "0.7"), {"UP": (D("0.3"), "paid 0.3 of 1"), "DOWN": (D("0.7"), "paid 0.7 of 1")}),
        (("0", "1"), {"UP": (D(0), "lost"), "DOWN": (D(1), "won")}),
    ],
)
def test_shares_are_paid_what_the_recording_says(
    replayed: Replay, prices: tuple[str, str], paid: dict[str, tuple[Decimal, str]], last_s: int
) -> None:
    report = replayed(gamma(prices), books(last_s))
    assert report["fills"]
    assert redeemed(report) == paid
    assert (report["positions"], report["pnl"]["unresolved"]) == ([], "0")
    assert D(report["cash"]) == D(report["capital"]) + D(report["pnl"]["total"])


@pytest.mark.parametrize(
    "market",
    [
        gamma(("0.97", "0.03"), closed=False, umaResolutionStatus=""),
        gamma(("0.97", "0.03")),
        gamma(("1", "0"), umaResolutionStatus="disputed"),
        gamma(("0.5", "0.5"), umaResolutionStatus="proposed"),
        gamma(("0.5", "0.5"), umaResolutionStatus=""),
    ],
)
def test_prices_of_an_undecided_market_pay_nobody(replayed: Replay, market: list[dict[str, Any]]) -> None:
    report = replayed(market, books(1_200))
    assert report["fills"]
    assert redeemed(report) == {}
    assert {position["state"] for position in report["positions"]} == {"unresolved"}
    assert "unresolved_position" in {warning["code"] for warning in report["warnings"]}


@pytest.mark.parametrize(("word", "each"), [("void", "paid ½ each"), ("50-50", "paid ½ each")])
def test_a_word_in_the_list_of_outcomes_splits_the_market(replayed: Replay, word: str, each: str) -> None:
    report = replayed(outcomes(word), books())
    assert redeemed(report) == {"UP": (D("0.5"), each), "DOWN": (D("0.5"), each)}


def test_a_refunded_market_pays_back_what_was_paid(replayed: Replay) -> None:
    report = replayed(outcomes("refunded"), books())
    assert report["positions"] == []
    assert {words for _, words in redeemed(report).values()} == {"refunded"}
    assert abs(D(report["pnl"]["total"])) < D("0.000001")
    assert abs(D(report["cash"]) - D(report["capital"])) < D("0.000001")


def test_a_strategy_that_never_settles_is_paid_all_the_same(replayed: Replay) -> None:
    """The stack pays decided markets without the bot; so does a replay."""
    early = gamma(("0.5", "0.5"), closedTime="2026-02-02 12:05:00+00")
    # Its last node fails in every run, and so does the command.
    never = (*KEEPS_PAIRS, "--set", "settle.venue=kraken")
    report = replayed(early, books(1_200), more=never, code=1)
    assert {price for price, _ in redeemed(report).values()} == {D("0.5")}
    assert {one["at"] for one in report["settlements"]} == {"2026-02-02T12:14:30Z"}


def outcomes(word: str) -> str:
    header = "condition_id,slug,start_time,end_time,winner,volume\n"
    return header + f"0xab,{SLUG},{START},{START + 900},{word},1\n"


def test_the_report_counts_closed_trades_by_strategy(replayed: Replay) -> None:
    """Two positions of one strategy were settled; settlements themselves are no trades."""
    trades = replayed(gamma(("0", "1")), books())["trades"]
    assert (trades["trades"], trades["wins"], trades["losses"], trades["winRate"]) == (2, 1, 1, 0.5)
    assert trades["byStrategy"] == {"": {name: trades[name] for name in trades if name != "byStrategy"}}
    merged = replayed(gamma(("0", "1")), books(), more=())["trades"]
    assert (merged["trades"], merged["wins"]) == (2, 2), "the pair, and the shares beyond it"


def test_two_strategies_of_one_bot_are_credited_with_what_each_held(replayed: Replay) -> None:
    """Both redeem whatever the bot holds; `few` holds a quarter of what `many` holds."""

    def instance(name: str, most: int) -> dict[str, Any]:
        overrides = {"size": {"mostShares": str(most)}, "buy": {"merge": False}}
        params = {"strategy": "btc_15m_pair_arbitrage", "weight": "0.5", "configOverrides": overrides}
        return {"id": name, "type": "strategy", "params": params}

    joined = [{"source": "held", "sourceHandle": "portfolio", "target": "money", "targetHandle": "portfolio"}]
    for name in ("few", "many"):
        joined.append(
            {"source": "money", "sourceHandle": "capital", "target": name, "targetHandle": "capital"}
        )
    bot = {
        "id": "two",
        "name": "Two",
        "kind": "bot",
        "schema": 1,
        "nodes": [
            {"id": "held", "type": "bot.portfolio"},
            {"id": "money", "type": "bot.allocate"},
            instance("few", 5),
            instance("many", 20),
        ],
        "edges": joined,
    }
    report = replayed(gamma(("1", "0")), books(), more=("--capital", "500"), workflow=bot)
    bought = {int(D(f["quantity"])) for f in report["fills"]}
    assert bought <= {5, 20, 21, 22}, "better prices bring more for the same money"
    assert len(bought) > 1, report
    for name in ("few", "many"):
        figures = report["trades"]["byStrategy"][name]
        assert (figures["trades"], figures["wins"], figures["losses"]) == (2, 1, 1), name
    assert report["trades"]["trades"] == 4
