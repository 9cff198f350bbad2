"""The guard's round on real servers: causes, hysteresis, copies, and changes nobody finished."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from integration.emergency.conftest import T0, Office

from argosy.core.clock import DrivenClock, to_ms
from argosy.core.event import Event
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.safety.audit import Actor
from argosy.infrastructure import redis as connections
from argosy.infrastructure.config.sections import EmergencySettings
from argosy.infrastructure.safety.watchdog import Watchdog
from argosy.infrastructure.storage.safety import emergency, limits

SETTINGS = EmergencySettings(guard_interval_s=30, guard_lost_s=400)
ROUND_S = SETTINGS.guard_interval_s


class SetClock:
    """The machine's clock as people and daemons set it: `off_s` from the one that goes on underneath."""

    def __init__(self, clock: DrivenClock) -> None:
        self._clock = clock
        self.off_s = 0.0

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self.off_s)

    def now_ms(self) -> int:
        return to_ms(self.now())

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


class Watch:
    """A guard over an office with one bot, and hands to make causes with."""

    def __init__(self, office: Office, redis_url: str, settings: EmergencySettings = SETTINGS) -> None:
        self.office = office
        self.redis_url = redis_url
        self.waiting = 0
        self.enforced: list[int] = []
        self.clock = SetClock(office.clock)
        office.add_bot("b1", strategies=("s1",))
        self.guard = Watchdog(
            office.database,
            office.desk,
            office.flags,
            redis_url,
            self.clock,
            settings,
            waiting=lambda: self.waiting,
            enforce=self.enforced.append,
        )

    def run(self, statement: str, *values: Any) -> None:
        with self.office.database.engine.begin() as connection:
            connection.exec_driver_sql(statement, values)

    def round(self, after_s: float = ROUND_S) -> None:
        self.office.clock.advance(after_s)
        self.guard.round()

    def rounds(self, seconds: float) -> None:
        for _ in range(int(seconds / ROUND_S)):
            self.round()

    def state(self, scope: str = "bot:b1") -> str:
        rows = self.office.database.run(emergency.every())
        return next((row.state for row in rows if row.scope == scope), "NORMAL")

    def cause(self, scope: str = "bot:b1") -> str:
        rows = self.office.database.run(emergency.every())
        return next(row.cause for row in rows if row.scope == scope)

    def action(self, number: int, status: str, at: datetime | None = None) -> None:
        self.run(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, run_id, venue, kind, symbol, action, "
            "delta, reducing, reserved, status, decided_at, submitted_at) VALUES (%s, 'paper', 'trading', 'b1', 's1', 'r', 'v', "
            "'place_order', 'X', '{}', 1, false, 0, %s, %s, %s)",
            f"c{number}", status, at or self.office.clock.now(), at or self.office.clock.now(),
        )  # fmt: skip

    def holds(self, bot: str, quantity: int = 1) -> None:
        """Of the asset that is named like the bot."""
        self.run(
            "INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised, fees, "
            "entry_id) VALUES ('paper', %s, 's1', 'v', %s, 'trading', %s, 1, 0, 0, 1)",
            bot, bot, quantity,
        )  # fmt: skip

    def price(self, symbol: str, at: datetime | None = None) -> None:
        self.run(
            "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) VALUES ('paper', 'v', %s, 1, 'USD', 1, %s) "
            "ON CONFLICT (mode, venue, symbol) DO UPDATE SET at = excluded.at",
            symbol, at or self.office.clock.now(),
        )  # fmt: skip

    def reconciled(self, status: str) -> None:
        self.run(
            "INSERT INTO reconciliations (at, bot_id, mode, trigger, status, looked_up, settled, unsettled) "
            "VALUES (%s, 'b1', 'paper', 'beat', %s, 0, 0, 0)",
            self.office.clock.now(), status,
        )  # fmt: skip


@pytest.fixture
def watch(office: Office, redis_url: str) -> Watch:
    """Its guard has looked once, so that what comes counts in full."""
    made = Watch(office, redis_url)
    made.guard.round()
    return made


def test_all_is_well(watch: Watch) -> None:
    watch.rounds(60)
    assert [row.state for row in watch.office.database.run(emergency.every())] == ["NORMAL"]
    assert watch.enforced == []


def test_an_action_of_unknown_fate_alerts_at_once_and_halts_when_it_lasts(watch: Watch) -> None:
    watch.action(1, "unknown")
    watch.round()
    assert (watch.state(), watch.cause()) == ("ALERT", "unknown_action")
    watch.round(SETTINGS.unknown_s - ROUND_S - 0.001)
    assert watch.state() == "ALERT"
    watch.round(0.001)
    assert watch.state() == "HALT"
    assert watch.state("platform") == "NORMAL"


def test_a_call_that_never_came_back_is_unknown(watch: Watch) -> None:
    watch.action(1, "submitted")
    watch.round(60)
    assert watch.state() == "NORMAL"
    watch.round(0.001)
    assert watch.state() == "ALERT"


def test_an_alert_ends_by_itself_after_a_quiet_cool_down(watch: Watch) -> None:
    watch.action(1, "unknown")
    watch.round()
    watch.run("UPDATE intents SET status = 'filled'")
    watch.rounds(SETTINGS.alert_cooldown_s - ROUND_S)
    assert watch.state() == "ALERT"
    watch.round()
    assert watch.state() == "NORMAL"
    assert watch.office.flag("bot:b1") is not None
    assert [(e.data["before"], e.data["state"]) for e in watch.office.told()] == [
        ("NORMAL", "ALERT"),
        ("ALERT", "NORMAL"),
    ]


def test_a_cause_that_comes_back_starts_the_cool_down_again(watch: Watch) -> None:
    watch.action(1, "unknown")
    watch.round()
    watch.run("UPDATE intents SET status = 'filled'")
    watch.rounds(SETTINGS.alert_cooldown_s / 2)
    watch.action(2, "unknown")
    watch.round()
    watch.run("UPDATE intents SET status = 'filled'")
    watch.rounds(SETTINGS.alert_cooldown_s - ROUND_S)
    assert watch.state() == "ALERT"
    watch.round()
    assert watch.state() == "NORMAL"


def test_a_guard_that_was_away_cannot_say_it_was_quiet(watch: Watch) -> None:
    watch.action(1, "unknown")
    watch.round()
    watch.run("UPDATE intents SET status = 'filled'")
    watch.round(SETTINGS.alert_cooldown_s * 2)
    assert watch.state() == "ALERT"
    watch.rounds(SETTINGS.alert_cooldown_s - ROUND_S)
    assert watch.state() == "ALERT"
    watch.round()
    assert watch.state() == "NORMAL"


def test_a_halt_never_ends_by_itself(watch: Watch) -> None:
    watch.action(1, "unknown", T0 - timedelta(hours=1))
    watch.round()
    watch.round(SETTINGS.unknown_s)
    assert watch.state() == "HALT"
    watch.run("UPDATE intents SET status = 'filled'")
    watch.rounds(SETTINGS.alert_cooldown_s * 2)
    assert watch.state() == "HALT"


def test_a_drift_alerts_and_halts_when_it_stays(watch: Watch) -> None:
    watch.reconciled("clean")
    watch.office.clock.advance(1)
    watch.reconciled("drift")
    watch.round()
    assert (watch.state(), watch.cause()) == ("ALERT", "drift")
    watch.reconciled("unsettled")
    watch.round(SETTINGS.drift_s - ROUND_S - 0.001)
    assert watch.state() == "ALERT"
    watch.round(0.001)
    assert watch.state() == "HALT"


def test_a_drift_that_is_over_counts_no_more(watch: Watch) -> None:
    watch.reconciled("drift")
    watch.office.clock.advance(1)
    watch.reconciled("clean")
    watch.round()
    assert watch.state() == "NORMAL"


def test_a_drift_is_over_though_the_clock_was_set_back_before_the_clean_comparison(watch: Watch) -> None:
    watch.reconciled("drift")
    watch.office.clock.advance(-30)
    watch.reconciled("clean")
    watch.round(31)
    assert watch.state() == "NORMAL"


def test_the_share_of_rejections(watch: Watch) -> None:
    wanted = {
        (9, 9): "NORMAL", (4, 10): "NORMAL", (47, 100): "NORMAL", (48, 100): "ALERT", (59, 100): "ALERT", (6, 10): "HALT",
    }  # fmt: skip
    for rejected, sent in wanted:
        bot = f"r{rejected}of{sent}"
        watch.office.add_bot(bot)
        watch.run(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, run_id, venue, kind, symbol, action, "
            "delta, reducing, reserved, status, decided_at, submitted_at) SELECT %s || n, 'paper', 'trading', %s, '', 'r', 'v', "
            "'place_order', 'X', '{}', 1, false, 0, CASE WHEN n <= %s THEN 'rejected' ELSE 'filled' END, %s, %s "
            "FROM generate_series(1, %s) n",
            bot, bot, rejected, watch.office.clock.now(), watch.office.clock.now(), sent,
        )  # fmt: skip
    watch.round()
    found = {each: watch.state(f"bot:r{each[0]}of{each[1]}") for each in wanted}
    assert found == wanted


def test_old_rejections_are_forgotten(watch: Watch) -> None:
    for number in range(10):
        watch.action(number, "rejected")
    watch.round(SETTINGS.rejection_window_s + 0.001)
    assert watch.state() == "NORMAL"


def test_an_old_price_of_what_is_held(watch: Watch) -> None:
    wanted = {1439.9: "NORMAL", 1440.0: "ALERT", 1799.9: "ALERT", 1800.0: "HALT", 99_999.0: "NORMAL"}
    watch.rounds(1800)
    looked_at = watch.office.clock.now() + timedelta(seconds=ROUND_S)
    bots = {age_s: f"p{number}" for number, age_s in enumerate(wanted)}
    for age_s, bot in bots.items():
        watch.office.add_bot(bot)
        watch.holds(bot, 0 if age_s > 10_000 else 1)
        watch.price(bot, looked_at - timedelta(seconds=age_s))
    watch.round()
    assert {age_s: watch.state(f"bot:{bot}") for age_s, bot in bots.items()} == wanted


def test_a_loss_beyond_its_limit_halts_the_bot(watch: Watch) -> None:
    limit = Constraint(id="loss", scope="bot:b1", kind=ConstraintKind.DAILY_LOSS, limit=Decimal(100))
    watch.office.database.run(limits.save(limit, Actor(id="ann"), at=T0))
    watch.run(
        "INSERT INTO cash (mode, bot_id, strategy_id, venue, currency, domain, amount, base_amount, capital, fees, "
        "entry_id) VALUES ('paper', 'b1', 's1', 'v', 'USD', 'trading', 915, 915, 1000, 0, 1)"
    )
    watch.round()
    assert (watch.state(), watch.cause()) == ("ALERT", "risk.daily_loss")
    watch.run("UPDATE cash SET amount = 899, base_amount = 899")
    watch.round()
    assert watch.state() == "HALT"


def test_a_recorder_that_stands_still_halts_the_platform(watch: Watch) -> None:
    watch.waiting = 5
    watch.round()
    watch.round(SETTINGS.recorder_lost_s * 0.8 - ROUND_S - 0.001)
    assert watch.state("platform") == "NORMAL"
    watch.round(0.001)
    assert (watch.state("platform"), watch.cause("platform")) == ("ALERT", "heartbeat.recorder")
    watch.round(SETTINGS.recorder_lost_s * 0.2)
    assert watch.state("platform") == "HALT"


def test_a_recorder_that_moves_or_has_nothing_to_do_is_well(watch: Watch) -> None:
    watch.round()
    watch.round(SETTINGS.recorder_lost_s * 2)
    watch.waiting = 5
    watch.round(SETTINGS.recorder_lost_s * 0.7)
    watch.run(
        "INSERT INTO recorder_progress (stream, last_seq, recorded, updated_at) VALUES ('argosy:events', '5-0', 1, now())"
    )
    watch.round(SETTINGS.recorder_lost_s * 0.7)
    assert watch.state("platform") == "NORMAL"


def test_a_queue_that_nobody_serves_is_an_alert(watch: Watch) -> None:
    client = connections.client(watch.redis_url)
    client.lpush("argosy.quick", b"first", b"second")
    watch.round()
    watch.round(SETTINGS.queue_lost_s * 0.5)
    client.rpop("argosy.quick")
    watch.round(SETTINGS.queue_lost_s * 0.5)
    assert watch.state("platform") == "NORMAL"
    watch.round(SETTINGS.queue_lost_s * 2)
    assert (watch.state("platform"), watch.cause("platform")) == ("ALERT", "heartbeat.workers")


def test_what_stood_still_while_all_was_down_is_given_its_time(watch: Watch) -> None:
    watch.holds("b1")
    watch.price("b1")
    watch.waiting = 5
    connections.client(watch.redis_url).lpush("argosy.quick", b"first")
    watch.round()
    watch.round(8 * 3600)
    assert (watch.state(), watch.state("platform")) == ("NORMAL", "NORMAL")
    watch.rounds(SETTINGS.stale_data_s * 0.8 - ROUND_S)
    assert watch.state() == "NORMAL"
    watch.price("b1")
    watch.rounds(SETTINGS.stale_data_s * 0.8 - ROUND_S)
    assert watch.state() == "NORMAL"
    watch.rounds(SETTINGS.stale_data_s)
    assert (watch.state(), watch.cause()) == ("HALT", "stale_data")


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_a_clock_that_is_set_trips_nothing(watch: Watch, step_s: float) -> None:
    watch.holds("b1")
    watch.price("b1")
    watch.waiting = 5
    watch.rounds(60)
    assert not watch.guard.lost()
    watch.clock.off_s = step_s
    assert not watch.guard.lost()
    watch.guard.round()
    assert not watch.guard.lost()
    assert [row.state for row in watch.office.database.run(emergency.every())] == ["NORMAL"]


def test_after_a_clock_was_set_back_a_price_that_stays_is_old_in_its_time(watch: Watch) -> None:
    watch.holds("b1")
    watch.price("b1")
    watch.round()
    watch.clock.off_s = -5 * 86_400.0
    watch.rounds(SETTINGS.stale_data_s * 0.8)
    assert watch.state() == "NORMAL"
    watch.rounds(SETTINGS.stale_data_s * 0.2 + ROUND_S)
    assert (watch.state(), watch.cause()) == ("HALT", "stale_data")


def test_a_price_from_a_clock_that_is_a_little_ahead_is_fresh(watch: Watch) -> None:
    watch.holds("b1")
    for _ in range(int(SETTINGS.stale_data_s / ROUND_S) + 2):
        watch.price("b1", watch.office.clock.now() + timedelta(seconds=ROUND_S + 5))
        watch.round()
    assert watch.state() == "NORMAL"


def test_a_guard_that_looks_seldom_still_sees_what_lasts(office: Office, redis_url: str) -> None:
    settings = EmergencySettings(guard_interval_s=60, guard_lost_s=5)
    watch = Watch(office, redis_url, settings)
    watch.waiting = 5
    for _ in range(int(settings.recorder_lost_s / 60) + 1):
        watch.round(60)
    assert watch.state("platform") == "HALT"


def test_after_a_clock_was_set_back_a_recorder_that_stands_still_is_noticed(watch: Watch) -> None:
    watch.waiting = 5
    watch.round()
    watch.clock.off_s = -3600
    watch.guard.round()
    watch.rounds(SETTINGS.recorder_lost_s)
    assert (watch.state("platform"), watch.cause("platform")) == ("HALT", "heartbeat.recorder")


def test_an_alert_made_by_a_clock_a_day_ahead_ends_after_its_cooldown(watch: Watch) -> None:
    watch.office.change("bot:b1", "ALERT", actor=Actor(id="guard"), automatic=True, cause="x")
    watch.run("UPDATE emergency_states SET clears_at = clears_at + interval '1 day' WHERE scope = 'bot:b1'")
    watch.rounds(SETTINGS.alert_cooldown_s)
    assert watch.state() == "ALERT"
    watch.rounds(ROUND_S * 2)
    assert watch.state() == "NORMAL"


def test_nobody_looking_is_noticed(watch: Watch) -> None:
    def lost_after(seconds: float) -> bool:
        watch.office.clock.advance(seconds)
        return watch.guard.lost()

    watch.round()
    assert not watch.guard.lost()
    assert not any(lost_after(SETTINGS.guard_lost_s / 8) for _ in range(8))
    assert lost_after(0.001)
    watch.guard.raise_alarm()
    assert (watch.state("platform"), watch.cause("platform")) == ("ALERT", "heartbeat.guard")
    watch.round()
    assert not watch.guard.lost()
    watch.rounds(SETTINGS.alert_cooldown_s)
    assert watch.state("platform") == "NORMAL"


def test_what_was_left_undone_is_done_by_the_next_round(watch: Watch) -> None:
    epoch = watch.office.change("platform", "HALT").epoch
    watch.run("UPDATE emergency_changes SET announced = false WHERE epoch = %s", epoch)
    before = len(watch.office.told())
    watch.round()
    watch.round()
    assert watch.enforced == [epoch, epoch], "until it is enforced"
    watch.office.database.run(emergency.mark_enforced(epoch, T0, "done"))
    watch.round()
    assert watch.enforced == [epoch, epoch]
    told = watch.office.told()[before:]
    assert [event.data["epoch"] for event in told if isinstance(event, Event)] == [epoch]


def test_redis_without_memory_is_filled_and_believed_only_then(watch: Watch) -> None:
    watch.office.change("bot:b1", "HALT")
    connections.client(watch.redis_url).flushdb()
    watch.round()
    assert watch.office.flag("platform") == ("NORMAL", 2)
    assert watch.office.flag("bot:b1") == ("HALT", 3)


def test_a_memory_that_makes_no_sense_is_none(watch: Watch) -> None:
    client = connections.client(watch.redis_url)
    for nonsense in (
        b"\xff",
        b"{}",
        b"[]",
        b'{"looked": "x", "recorded": 1, "recordedAt": 0, "heads": {}}',
        b"null",
    ):
        client.set("argosy:guard", nonsense)
        watch.round()
    assert watch.state("platform") == "NORMAL"
