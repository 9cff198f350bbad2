"""What nobody reports is found in the tables, and told once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from argosy.core.safety.audit import Actor, AuditEntry
from argosy.infrastructure.notify.watch import ConditionWatch
from argosy.infrastructure.safety.anchor import parse
from argosy.infrastructure.safety.chain import Break
from argosy.infrastructure.storage.models import (
    EmergencyChange,
    EquityPoint,
    LoggedEvent,
    Reconciliation,
    Run,
)
from argosy.infrastructure.storage.safety import audit, incidents, notices

from .conftest import START, Post

UTC_ZONE = ZoneInfo("UTC")


def watch(
    post: Post,
    *,
    unrecorded: int = 0,
    alive: Collection[str] = (),
    zone: ZoneInfo = UTC_ZONE,
    daily_summary: bool = True,
    broken: Break | None = None,
) -> ConditionWatch:
    return ConditionWatch(
        post.database,
        lambda: unrecorded,
        lambda: alive,
        post.clock,
        chain=lambda: broken,
        zone=zone,
        daily_summary=daily_summary,
    )


def put(post: Post, model: type, **values: object) -> None:
    with post.database.engine.begin() as connection:
        connection.execute(insert(model).values(**values))


def change(post: Post, epoch: int, after: str, at: datetime, *, automatic: bool = False) -> None:
    put(
        post, EmergencyChange, epoch=epoch, scope="bot:btc", before="NORMAL", after=after, actor="ada",
        origin="cli", reason="loss", automatic=automatic, cause="daily_loss" if automatic else "", at=at,
        flatten=False,
    )  # fmt: skip


def reconciled(post: Post, status: str, at: datetime) -> None:
    put(
        post, Reconciliation, at=at, bot_id="btc", mode="paper", trigger="beat", status=status, looked_up=1,
        settled=0, unsettled=1, differences=[],
    )  # fmt: skip


def test_each_emergency_change_is_told_once(post: Post) -> None:
    change(post, 3, "NORMAL", START - timedelta(days=2))
    change(post, 5, "HALT", START - timedelta(hours=1), automatic=True)
    change(post, 6, "ALERT", START)
    change(post, 7, "NORMAL", START)  # the first start of all
    seen = watch(post)
    found = post.database.run(incidents.emergencies(START - timedelta(days=1)))
    assert (seen.round(), seen.round(), watch(post).round()) == (2, 0, 0)
    for draft in found:
        assert post.database.run(notices.post(draft)) is None, "another round found them at the same moment"
    assert [notice.repeats for notice in post.all()] == [0, 0]
    assert [(notice.level, notice.title, notice.body) for notice in post.all()] == [
        ("error", "bot:btc is HALT", "NORMAL → HALT, automatically (daily_loss): loss"),
        ("warning", "bot:btc is ALERT", "NORMAL → ALERT, ada (cli): loss"),
    ]


def test_drift_is_told_once_an_hour_however_often_it_is_found(post: Post) -> None:
    seen = watch(post)
    for _ in range(3):
        reconciled(post, "drift", post.clock.now())
        reconciled(post, "clean", post.clock.now())
        seen.round()
        post.clock.advance(60)
    notice = post.one()
    assert (notice.level, notice.repeats) == ("error", 2)
    assert "btc differs" in notice.title
    post.clock.advance(3600)
    reconciled(post, "drift", post.clock.now())
    reconciled(post, "failed", post.clock.now())
    assert seen.round() == 2


def test_a_recorder_that_stands_still_is_told(post: Post) -> None:
    with post.database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO recorder_progress VALUES ('argosy:events', '1-0', 1, :at)"),
            {"at": START - timedelta(seconds=59)},
        )
    assert watch(post, unrecorded=5).round() == 0
    post.clock.advance(1)
    assert watch(post, unrecorded=0).round() == 0
    assert watch(post, unrecorded=5).round() == 1
    assert watch(post, unrecorded=9).round() == 0
    assert "5 events wait" in post.one().body
    assert post.one().repeats == 0
    post.clock.advance(3600)
    assert watch(post, unrecorded=5).round() == 1


def test_a_broken_audit_is_told_once_an_hour(post: Post) -> None:
    forged = watch(post, broken=Break(7, "rewritten", "Redis remembers another row 7"))
    assert [forged.round(), forged.round()] == [1, 0]
    assert post.one().title == "the audit is broken at row 7 (rewritten)"
    assert (post.one().level, post.one().repeats) == ("error", 0)
    post.clock.advance(3600)
    assert forged.round() == 1


def test_a_worker_that_went_without_a_word_is_told_once(post: Post) -> None:
    said = [("a", "online"), ("b", "online"), ("b", "offline"), ("c", "online")]
    for number, (owner, status) in enumerate(said):
        data = {"owner": owner, "name": f"w-{owner}", "status": status}
        put(post, LoggedEvent, position=number, at=START, type="worker", data=data)
    alive = ["a", "c"]
    seen = watch(post, alive=alive)
    seen.round()
    alive.remove("c")
    for wait_s, told in ((0, 0), (29.9, 0), (0.1, 1), (60, 0)):
        post.clock.advance(wait_s)
        assert seen.round() == told, wait_s
    assert post.one().title == "worker w-c is lost"
    alive.remove("a")
    seen.round()
    alive.append("a")
    post.clock.advance(40)
    assert seen.round() == 0, "it was back in between"
    alive.remove("a")
    assert seen.round() == 0


def day_of_trading(post: Post, day: datetime) -> None:
    for hours, equity, capital in (
        (-1, "100", "100"),
        (5, "90", "100"),
        (23, "163.456", "150"),
        (25, "1", "1"),
    ):
        put(
            post, EquityPoint, scope="platform", mode="paper", at=day + timedelta(hours=hours),
            capital=Decimal(capital), cash=Decimal(0), equity=Decimal(equity), realised=Decimal(0),
            unrealised=Decimal(0), fees=Decimal(0), high_water=Decimal(170), drawdown=Decimal("0.0385"),
        )  # fmt: skip
    for number, status in enumerate(("success", "success", "failed")):
        put(
            post, Run, id=f"r{number}", bot_id="btc", kind="bot", workflow_digest="d", trigger="schedule",
            status=status, started_at=day + timedelta(hours=number), counts={},
        )  # fmt: skip
    change(post, 9, "HALT", day + timedelta(hours=3))
    reconciled(post, "drift", day + timedelta(hours=3))


def summaries(post: Post) -> list[tuple[str, str]]:
    return [(n.title, n.body) for n in post.all() if n.key.startswith("summary:")]


def test_a_day_is_summed_up_once_after_it_ended(post: Post) -> None:
    midnight = START.replace(hour=0, minute=0)
    assert watch(post).round() == 0, "nothing was on the day before"
    day_of_trading(post, midnight)
    entry = AuditEntry(actor=Actor(id="ada"), action="bot.state", subject="bot:btc")
    row = post.database.run(audit.append(entry, START))
    seen = watch(post, daily_summary=False)
    seen.round()
    assert summaries(post) == []
    seen = watch(post)
    post.clock.set(midnight + timedelta(days=1))
    for each in (seen, seen, watch(post)):
        each.round()
    ((title, body),) = summaries(post)
    assert title == "summary of 2026-03-02"
    assert body.splitlines() == [
        "paper: profit 13.46, equity 163.46, drawdown 3.85%",
        "runs: 1 failed, 2 success",
        "incidents: 1 times HALT, 1 reconciliations drift",
        f"audit: {row.id}:{row.hash}",
    ]
    assert parse(body.rpartition("audit: ")[2], "").hash == row.hash


def test_a_day_ends_at_midnight_of_the_zone_and_can_be_left_out(post: Post) -> None:
    midnight = START.replace(hour=0, minute=0)
    day_of_trading(post, midnight)
    berlin = ZoneInfo("Europe/Berlin")
    post.clock.set(midnight + timedelta(days=1, hours=-1, minutes=-1))
    watch(post, zone=berlin).round()
    assert summaries(post) == []
    post.clock.advance(60)
    watch(post, zone=berlin, daily_summary=False).round()
    assert summaries(post) == []
    watch(post, zone=berlin).round()
    assert [title for title, _ in summaries(post)] == ["summary of 2026-03-02"]
