from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.queue import SendQueue


def test_nothing_is_replaced_while_the_client_keeps_up() -> None:
    box = SendQueue(soft=3, hard=10)
    for n in range(3):
        box.push(b"%d" % n, "node")
    assert box.take() == [b"0", b"1", b"2"]
    assert box.take_coalesced() == 0


def test_from_soft_on_the_newest_state_takes_the_place_of_the_older() -> None:
    box = SendQueue(soft=2, hard=10)
    for frame, key in ((b"a1", "a"), (b"b1", "b"), (b"a2", "a"), (b"end", None), (b"b2", "b")):
        box.push(frame, key)
    assert box.take() == [b"a2", b"end", b"b2"]
    assert (box.take_coalesced(), box.take_coalesced()) == (2, 0)


def test_a_key_that_was_taken_is_not_replaced_but_added() -> None:
    box = SendQueue(soft=0, hard=10)
    box.push(b"a1", "a")
    assert box.take() == [b"a1"]
    box.push(b"a2", "a")
    assert box.take() == [b"a2"]
    assert box.coalesced == 0


def test_past_hard_it_gives_up_whole_and_says_so() -> None:
    box = SendQueue(soft=2, hard=4)
    for n in range(6):
        box.push(b"%d" % n, None)
    assert (box.overflowed, box.dropped) == (True, 6)
    assert box.take() == []
    box.clear()
    box.push(b"x", None)
    assert (box.overflowed, box.dropped, box.take()) == (False, 0, [b"x"])


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abc"), st.just("take")), max_size=200),
    st.integers(0, 8),
    st.integers(8, 30),
)
def test_order_is_kept_and_every_frame_is_sent_or_counted(
    steps: list[str | None], soft: int, hard: int
) -> None:
    box = SendQueue(soft=soft, hard=hard)
    pushed: list[tuple[int, str | None]] = []
    sent: list[int] = []
    for step in steps:
        if step == "take":
            sent += [int(frame) for frame in box.take(3)]
        else:
            box.push(b"%d" % len(pushed), step)
            pushed.append((len(pushed), step))
        assert len(box) <= hard
        if box.overflowed:
            return
    sent += [int(frame) for frame in box.take(1_000)]
    assert sent == sorted(sent)
    assert len(sent) + box.coalesced == len(pushed)
    assert {n for n, key in pushed if key is None} <= set(sent)
    for key in "abc":
        newest = [n for n, own in pushed if own == key][-1:]
        assert set(newest) <= set(sent)
