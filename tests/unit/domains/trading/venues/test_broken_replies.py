"""Whatever Polymarket answers, or does not: a definite word is taken as such, everything else is unknown."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stamina

from argosy.core.actions.action import ActionKind, ActionResult, ActionStatus
from argosy.core.clock import DrivenClock, from_ms
from argosy.core.ports import Versioned
from argosy.domains.trading.venues.polymarket import parse, schemas
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.outcome import executions
from argosy.errors import ArgosyError, Unavailable, UnknownOutcome
from argosy.infrastructure.resilience.http.body import UnreadableBody, parse_json
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.clob import NOW, TOKEN, VenueSide, order, venue_for

GOOD = {"success": True, "errorMsg": "", "status": "matched", "makingAmount": "4.7", "takingAmount": "10"}


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def side() -> VenueSide:
    return VenueSide()


@pytest.fixture
def venue(side: VenueSide) -> PolymarketVenue:
    return venue_for(side, DrivenClock(NOW), MemoryDocuments())


def broken(error: type[httpx.HTTPError]) -> Callable[[VenueSide], httpx.Response]:
    def answer(side: VenueSide) -> httpx.Response:
        raise error("gone")

    return answer


def plain(status: int, content: bytes = b"", kind: str = "application/json") -> Any:
    return lambda side: httpx.Response(status, content=content, headers={"content-type": kind})


def body(**changes: Any) -> Callable[[VenueSide], httpx.Response]:
    return lambda side: httpx.Response(200, json={**GOOD, "orderID": side.hash, **changes})


AMBIGUOUS: dict[str, Callable[[VenueSide], httpx.Response]] = {
    "read timeout": broken(httpx.ReadTimeout),
    "write timeout": broken(httpx.WriteTimeout),
    "dropped while sending": broken(httpx.WriteError),
    "dropped while reading": broken(httpx.ReadError),
    "closed early": broken(httpx.RemoteProtocolError),
    "proxy failed": broken(httpx.ProxyError),
    "truncated gzip": lambda side: httpx.Response(
        200, content=b"\x1f\x8b\x08\x00", headers={"content-encoding": "gzip"}
    ),
    **{
        f"status {status}": plain(status)
        for status in (301, 302, 307, 400, 408, 409, 422, 499, 500, 502, 503, 504, 520, 524, 599)
    },
    "500 with a refusal inside": plain(500, b'{"error": "not enough balance / allowance"}'),
    "400 of somebody else": plain(400, b"<html>Bad Request</html>", "text/html"),
    "400 without words": plain(400, b"{}"),
    "empty": plain(200),
    "html": plain(200, b"<html>ok</html>", "text/html"),
    "half of it": plain(200, json.dumps(GOOD).encode()[:40]),
    "not utf-8": plain(200, b"\xff\xfe{}"),
    "null": plain(200, b"null"),
    "a list": plain(200, b"[]"),
    "a string": plain(200, b'"matched"'),
    "NaN": plain(200, b'{"status": NaN}'),
    "deep": plain(200, b"[" * 100_000),
    "no order id": body(orderID=None),
    "another order": body(orderID="0x" + "ab" * 32),
    "no status": body(status=None),
    "an unknown status": body(status="quantum"),
    "matched without amounts": body(makingAmount="", takingAmount=""),
    "more money than was signed for": body(makingAmount="4.72", takingAmount="11"),
    "above a dollar": body(makingAmount="11"),
    "negative": body(takingAmount="-10"),
    "absurd": body(takingAmount="1e99"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_answer_that_settles_nothing_is_unknown(
    name: str, venue: PolymarketVenue, side: VenueSide
) -> None:
    side.reply = lambda sent: AMBIGUOUS[name](side)
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert len(side.posted) == 1
    assert venue.query_action("c1") is None
    side.trades = [side.trade("t", "10", "0.47")]
    found = venue.query_action("c1")
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, 10)
    assert venue.execute(order()) == found
    assert len(side.posted) == 1


@pytest.mark.parametrize(
    "reply",
    [
        plain(400, b'{"error": "not enough balance / allowance"}'),
        plain(422, b'{"error": "Invalid order payload"}'),
        plain(401, b'{"error": "Unauthorized/Invalid api key"}'),
        plain(403, b"<html>geo</html>", "text/html"),
        plain(404),
        plain(425),
        plain(429),
        plain(503, b'{"code": "post_only_mode"}'),
        lambda side: httpx.Response(
            200, json={"success": False, "errorMsg": "FOK orders are filled or killed"}
        ),
        broken(httpx.ConnectError),
        broken(httpx.ConnectTimeout),
        broken(httpx.PoolTimeout),
    ],
)
def test_a_definite_no_settles(
    reply: Callable[[VenueSide], httpx.Response], venue: PolymarketVenue, side: VenueSide
) -> None:
    side.reply = lambda sent: reply(side)
    result = venue.execute(order())
    assert (result.status, result.filled) == (ActionStatus.REJECTED, 0)
    assert venue.query_action("c1") == result


@pytest.mark.parametrize("name", [name for name in AMBIGUOUS if name[0] not in "mna"])
def test_a_cancellation_that_settles_nothing_is_unknown(
    name: str, venue: PolymarketVenue, side: VenueSide
) -> None:
    side.reply = lambda sent: side.answer(status="live")
    venue.execute(order(time_in_force="GTC"))
    side.cancelling = lambda sent: AMBIGUOUS[name](side)
    with pytest.raises(UnknownOutcome):
        venue.execute(order(client_id="c2", kind=ActionKind.CANCEL_ORDER, parameters={"clientId": "c1"}))


class FailingDocuments(MemoryDocuments):
    """Postgres goes away once the order is on its way."""

    failing = False

    def get(self, namespace: str, key: str) -> Versioned | None:
        if self.failing:
            raise Unavailable("the database does not answer")
        return super().get(namespace, key)


def test_a_store_that_fails_after_the_post_leaves_the_fate_unknown() -> None:
    side, documents = VenueSide(), FailingDocuments()
    venue = venue_for(side, DrivenClock(NOW), documents)

    def taken(sent: dict[str, Any]) -> httpx.Response:
        documents.failing = True
        return side.matched(sent)

    side.reply = taken
    with pytest.raises(UnknownOutcome, match="could not be stored"):
        venue.execute(order())
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    documents.failing = False
    assert venue.execute(order()).status is ActionStatus.FILLED
    assert len(side.posted) == 1


# --- random replies ---------------------------------------------------------------------------------------

_WORDS = (
    "matched", "live", "", "BUY", "0x" + "ab" * 32, TOKEN, "0.47", "1e400", "-1", "NaN", "LTE=", "MA==", "\x00", "Ω",
    "TRADE_STATUS_FAILED", "2026-06-08T12:00:00Z", '["Up","Down"]', '["1","2"]',
)  # fmt: skip
_NAMES = (
    "success", "errorMsg", "orderID", "status", "makingAmount", "takingAmount", "id", "data", "next_cursor", "size",
    "price", "match_time", "taker_order_id", "maker_orders", "order_id", "matched_amount", "canceled", "not_canceled",
    "asset_id", "bids", "asks", "timestamp", "slug", "outcomes", "clobTokenIds", "endDate", "original_size",
    "size_matched", "balance", "conditionId", "orderPriceMinTickSize", "orderMinSize", "feeSchedule", "markets",
)  # fmt: skip


def anything(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind == 1:
        return chance.choice((0, 1, -1, 10**40, chance.randrange(10**13)))
    if kind == 2:
        return chance.choice((0.1, -0.5, 1e300, chance.random()))
    if kind <= 5:
        return chance.choice(_WORDS)
    if kind == 6:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = chance.sample(_NAMES, chance.randrange(len(_NAMES)))
    return {name: anything(chance, depth + 1) for name in names}


PARSERS: tuple[Callable[[Any], object], ...] = (
    *(
        (lambda data, model=model: schemas.read(model, data, "reply"))
        for model in (
            schemas.OrderReply,
            schemas.ClobOpenOrder,
            schemas.PageReply,
            schemas.CancelReply,
            schemas.BalanceReply,
            schemas.PositionReply,
            schemas.ClobMarket,
            schemas.ApiKeyReply,
        )
    ),
    lambda data: executions(schemas.read(schemas.TradeReply, data, "trade"), NOW),
    lambda data: parse.parse_book(data, received_at=from_ms(1)),
    lambda data: parse.parse_market(data, read_at=from_ms(1)),
    lambda data: parse.parse_event(data, "slug", read_at=from_ms(1)),
)


def test_no_reply_gets_anything_else_out_of_a_parser() -> None:
    chance = random.Random(7)
    seen = 0
    for _ in range(1_000):
        data = anything(chance)
        for parser in PARSERS:
            seen += 1
            try:
                parser(data)
            except ArgosyError:
                continue
    assert seen == 12_000


def test_no_bytes_get_anything_else_out_of_the_json_reader() -> None:
    chance = random.Random(8)
    for _ in range(3_000):
        text = bytearray(json.dumps(anything(chance)), "utf-8")
        for _ in range(chance.randrange(4)):
            text[chance.randrange(len(text))] = chance.randrange(256)
        try:
            parse_json(bytes(text[: chance.randrange(len(text)) + 1]))
        except UnreadableBody:
            continue


def test_signing_leaves_the_interpreter_as_it_was() -> None:
    """A dependency of the signing library allows recursion until the stack is overrun, which kills the process."""
    code = (
        "import sys; before = sys.getrecursionlimit();"
        "from argosy.domains.trading.venues.polymarket.ethereum import ethereum; ethereum();"
        "assert sys.getrecursionlimit() == before;"
        "sys.setrecursionlimit(1_000_000);"
        "from argosy.infrastructure.resilience.http.body import parse_json;"
        "parse_json(b'[' * 1_000_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.returncode
    assert "UnreadableJson" in done.stderr


def test_random_answers_to_an_order_end_in_a_result_or_in_unknown() -> None:
    chance = random.Random(9)
    outcomes: set[str] = set()
    for _ in range(300):
        side = VenueSide()
        venue = venue_for(side, DrivenClock(NOW), MemoryDocuments())

        def reply(sent: dict[str, Any], side: VenueSide = side) -> httpx.Response:
            found = anything(chance)
            if isinstance(found, dict) and chance.random() < 0.7:
                found |= {"orderID": side.hash, "success": True, "errorMsg": ""}
                found["status"] = chance.choice(("live", "matched", "delayed", "unmatched", "x"))
            return httpx.Response(chance.choice((200, 200, 200, 400, 404, 500)), json=found)

        side.reply = reply
        side.trades = [row for row in (anything(chance) for _ in range(2)) if isinstance(row, dict)]
        try:
            result: ActionResult = venue.execute(order(time_in_force=chance.choice(("FOK", "FAK", "GTC"))))
            outcomes.add(result.status.value)
            assert result.filled == sum(fill.quantity for fill in result.fills)
        except UnknownOutcome:
            outcomes.add("unknown")
    assert {"unknown", "rejected"} < outcomes, outcomes
