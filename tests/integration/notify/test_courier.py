"""Messages reach a real HTTP receiver: at least once, not too many, none lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from support.inbox import inbox, refused_url

from argosy.infrastructure.notify.dispatcher import DeliveryRound
from argosy.infrastructure.notify.messages import GIVEN_UP

from .conftest import START, Post


def test_a_message_is_delivered_once_and_marked(post: Post) -> None:
    with inbox() as box:
        post.outbox.post("k", "HALT", "the loss limit was reached", "error")
        courier = post.courier([box.url])
        assert courier.round().delivered == 1
        assert courier.round().delivered == 0
        assert [(m["title"], m["message"], m["type"]) for m in box.taken] == [
            ("[Argosy] HALT", "the loss limit was reached", "failure")
        ]
    assert post.one().delivered_at == START


def test_a_refusal_and_a_dropped_connection_are_tried_again_later_and_later(post: Post) -> None:
    with inbox(500, "drop") as box:
        post.outbox.post("k", "t", "b")
        courier = post.courier([box.url])
        for wait_s, asked in ((0, 1), (4.9, 1), (0.1, 2), (9.9, 2), (0.1, 3)):
            post.clock.advance(wait_s)
            courier.round()
            assert box.asked == asked, wait_s
        assert box.titles == ["t"]
    assert post.one().attempts == 3
    assert post.one().last_error is None


def test_what_a_receiver_said_is_kept_without_its_secrets(post: Post) -> None:
    with inbox(500) as box:
        post.outbox.post("k", "t", "b")
        post.courier([box.url]).round()
    error = post.one().last_error
    assert error is not None
    assert "receiver 1 (JSON)" in error
    assert "500" in error
    assert "very-secret-password" not in error


def test_who_has_taken_it_is_not_told_again_because_another_has_not(post: Post) -> None:
    with inbox() as good, inbox(500) as bad:
        post.outbox.post("k", "t", "b")
        courier = post.courier([bad.url, good.url])
        assert courier.round().failed == 1
        assert post.one().delivered_at is None
        post.clock.advance(5)
        assert courier.round().delivered == 1
        assert (good.titles, bad.titles) == (["t"], ["t"])
        assert (good.asked, bad.asked) == (1, 2)


def test_a_url_nobody_understands_keeps_no_message_from_the_others(post: Post) -> None:
    with inbox() as box:
        post.outbox.post("k", "t", "b")
        courier = post.courier(["nonsense://very-secret-password", box.url])
        assert courier.round().failed == 1
        post.clock.advance(5)
        assert courier.round().failed == 1
        assert box.titles == ["t"]
    error = post.one().last_error
    assert error is not None
    assert "entry 1 of notify.urls is nothing Apprise can send to" in error
    alarms = [event.data for event in post.events.read() if event.type == "alarm"]
    assert [alarm["code"] for alarm in alarms] == ["receiver_unusable"]
    assert "very-secret-password" not in f"{error} {alarms}"


def test_a_receiver_that_is_away_is_asked_once_a_round(post: Post) -> None:
    with inbox(*[500] * 50) as box:
        for number in range(10):
            post.outbox.post(f"k{number}", f"t{number}", "b")
        courier = post.courier([box.url])
        assert courier.round().failed == 10
        assert box.asked == 1


def test_the_same_key_in_its_window_is_counted_and_told_with_the_next(post: Post) -> None:
    with inbox() as box:
        courier = post.courier([box.url])
        for _ in range(4):
            post.outbox.post("k", "it failed", "because", window_s=60)
            courier.round()
            post.clock.advance(15)
        assert box.bodies == ["because"]
        assert post.one().repeats == 3
        post.outbox.post("k", "it failed", "because", window_s=60)
        post.outbox.post("other", "another", "of its own", window_s=60)
        courier.round()
        assert box.bodies == ["because", "because\n(and 3 more like it)", "of its own"]
        post.clock.advance(60)
        post.outbox.post("k", "it failed", "because", window_s=60)
        courier.round()
        assert box.bodies[3:] == ["because"], "what was told is not told again"


def test_repeats_that_came_before_the_first_was_sent_are_told_at_once(post: Post) -> None:
    with inbox() as box:
        for _ in range(3):
            post.outbox.post("k", "t", "b")
        post.courier([box.url]).round()
        assert box.bodies == ["b\n(and 2 more like it)"]


def test_beyond_the_limit_the_rest_goes_together_and_nothing_is_lost(post: Post) -> None:
    with inbox() as box:
        courier = post.courier([box.url], per_minute=3)
        for number in range(40):
            level = "error" if number == 39 else "info"
            post.outbox.post(f"k{number}", f"t{number}", "b", level)
        done = courier.round()
        assert (done.delivered, done.folded) == (3, 37)
        assert box.titles == ["t39", "t0", "t1", "37 messages (37 info)"]
        assert box.bodies[3].count("\n") == 20
        assert "… and 17 more" in box.bodies[3]
        assert all(notice.delivered_at == START for notice in post.all())
        assert sum(notice.folded for notice in post.all()) == 37

        post.outbox.post("late", "late", "b")
        post.clock.advance(1)
        assert courier.round().delivered == 0, "one such message a minute: the rest waits"
        post.clock.advance(2)
        assert courier.round().delivered == 0
        post.clock.advance(20)
        assert courier.round().delivered == 1
        assert box.titles[4:] == ["late"]


def test_a_folded_message_that_was_refused_is_sent_again(post: Post) -> None:
    with inbox(200, 500) as box:
        courier = post.courier([box.url], per_minute=1)
        for number in range(3):
            post.outbox.post(f"k{number}", f"t{number}", "b")
        assert courier.round().failed == 2
        post.clock.advance(60)
        courier.round()
        assert box.titles[0] == "t0"
        assert box.titles[1:] == ["t1", "t2"]
        assert all(notice.delivered_at for notice in post.all())


def test_levels_that_are_not_wanted_and_a_missing_receiver_close_the_message(post: Post) -> None:
    with inbox() as box:
        post.outbox.post("a", "quiet", "b", "info")
        post.outbox.post("b", "loud", "b", "error")
        done = post.courier([box.url], levels=("error",)).round()
        assert (done.closed, box.titles) == (1, ["loud"])
    post.outbox.post("c", "nobody", "b", "error")
    assert post.courier([]).round().closed == 1
    assert [notice.last_error for notice in post.all()] == [
        "its level is not sent (notify.levels)",
        None,
        "there is no receiver (notify.urls)",
    ]


def test_after_a_day_it_is_given_up_with_an_alarm(post: Post) -> None:
    post.outbox.post("k", "t", "b")
    courier = post.courier([refused_url()])
    assert courier.round().failed == 1
    post.clock.advance(23 * 3600)
    assert courier.round().given_up == 0
    post.clock.advance(3600)
    assert courier.round().given_up == 1
    assert post.one().given_up
    (alarm,) = [event for event in post.events.read() if event.type == "alarm"]
    assert alarm.data["code"] == GIVEN_UP
    post.clock.advance(3600)
    assert courier.round() == DeliveryRound()


def test_a_message_that_waited_a_day_for_its_first_attempt_is_still_tried(post: Post) -> None:
    post.outbox.post("k", "t", "b")
    post.clock.advance(3 * 86_400)
    with inbox(500) as box:
        courier = post.courier([box.url])
        assert courier.round().given_up == 0
        post.clock.advance(5)
        assert courier.round().delivered == 1
        assert box.titles == ["t"]


def test_two_couriers_at_once_share_the_work(post: Post) -> None:
    with inbox() as box:
        for number in range(2):
            post.outbox.post(f"k{number}", f"t{number}", "b")
        box.gate.clear()
        with ThreadPoolExecutor(2) as pool:
            rounds = [pool.submit(post.courier([box.url]).round) for _ in range(2)]
            assert box.arrived.acquire(timeout=20)
            box.gate.set()
            assert sum(each.result(30).delivered for each in rounds) == 2
        assert sorted(box.titles) == ["t0", "t1"]
