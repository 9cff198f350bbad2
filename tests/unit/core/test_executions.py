"""Executions are recognised whatever their order, and however often their names repeat."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.actions.action import FeePart, Fill
from argosy.core.actions.executions import distinct, recognise, terms

D = Decimal
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def row(name: str, quantity: int | str, price: int | str = 100, fee: str = "0", **more) -> Fill:
    values = {"client_id": "a", "venue": "v", "symbol": "X", "side": "buy", "at": NOW}
    return Fill(**{**values, "id": name, "quantity": D(quantity), "price": D(price), "fee": D(fee), **more})


def found(listed: list[Fill], known: list[Fill], total: int | str | None, **more):
    return recognise(listed, known, None if total is None else D(total), **more)


def shown(fills) -> list[tuple[str, str, str]]:
    return [(fill.id, str(fill.quantity), str(fill.price)) for fill in fills]


def test_executions_without_names_in_another_order_are_the_same() -> None:
    first = found([row("", 1)], [], 1)
    assert shown(first.new) == [("~1@100#1", "1", "100")]
    second = found([row("", 2, 99), row("", 1)], first.fills, 3)
    assert shown(second.new) == [("~2@99#1", "2", "99")]
    assert second.places == [0]
    third = found([row("", 1), row("", 2, 99)], second.fills, 3)
    assert (third.new, third.doubt) == ([], None)


def test_equal_executions_without_names_are_two() -> None:
    first = found([row("", 1), row("", 1)], [], 2)
    assert [fill.id for fill in first.new] == ["~1@100#1", "~1@100#2"]
    assert shown(found([row("", 1)] * 3, first.fills, 3).new) == [("~1@100#3", "1", "100")]


def test_what_an_earlier_release_numbered_is_recognised() -> None:
    old = [row("o1-1", 1), row("o1-2", 2, 99)]
    assert found([row("", 2, 99), row("", 1)], old, 3, order_id="o1").new == []
    assert found([row("t2", 2, 99), row("t1", 1)], old, 3, order_id="o1").new == []
    assert found([row("", 2, 99), row("", 1)], [row("#1", 1), row("#2", 2, 99)], 3).new == []
    # Another order's numbers are names like any other.
    assert len(found([row("t2", 2, 99), row("t1", 1)], old, None, order_id="o9").new) == 2


def test_a_name_of_two_executions_stands_for_both() -> None:
    both = found([row("t7", 1), row("t7", 2, 99)], [], 3)
    assert [fill.id for fill in both.new] == ["t7", "t7~2@99#1"]
    assert found([row("t7", 2, 99), row("t7", 1)], both.fills, 3).new == []
    later = found([row("t7", 1), row("t7", 2, 99)], [row("t7", 1)], 3)
    assert [fill.id for fill in later.new] == ["t7~2@99#1"]
    alone = found([row("t7", 2, 99)], [row("t7", 1)], 3)
    assert [fill.id for fill in alone.new] == ["t7~2@99#1"]


@pytest.mark.parametrize(("total", "new"), [(1, 1), (2, 2)])
def test_one_listed_twice_counts_as_often_as_the_total_says(total: int, new: int) -> None:
    listed = [row("t1", 1), row("t1", 1)]
    answer = found(listed, [], total)
    assert (len(answer.new), answer.doubt) == (new, None)
    assert found(listed, answer.fills, total).new == []
    assert found(listed, [], None).doubt is not None
    # More is filled than either reading explains: what is certain is taken, the rest waits.
    assert len(found(listed, [], 3).new) == 1


def test_a_name_whose_terms_changed_waits_until_the_total_tells() -> None:
    known = [row("t1", 1)]
    assert found([row("t1", 1, 101)], known, 1).new == []  # a correction: the ledger check finds it
    assert found([row("t1", 1, 101)], known, 3).new == []
    assert len(found([row("t1", 1, 101)], known, 2).new) == 1
    assert found([row("t1", 1, 101)], known, None).doubt is not None


def test_what_vanishes_without_a_name_is_a_doubt() -> None:
    known = found([row("", 1), row("", 2, 99)], [], 3).fills
    answer = found([row("", 2, 99)], known, 2)
    assert (list(answer.new), answer.lost) == ([], True)
    assert answer.doubt == "executions that were listed before are listed no more"
    assert found([], known, 3).fills == known  # nothing was read


def test_named_executions_may_come_in_parts() -> None:
    known = found([row("t1", 1)], [], 1).fills
    assert [fill.id for fill in found([row("t2", 1)], known, 2).new] == ["t2"]


def test_more_than_is_filled_is_a_doubt() -> None:
    answer = found([row("", 1), row("", 2, 99)], [], 1)
    assert (list(answer.new), answer.doubt is None) == ([], False)


def test_the_row_with_the_same_fee_is_the_same_execution() -> None:
    known = [row("~1@100#1", 1, fee="0.1")]
    answer = found([row("", 1, fee="0.2"), row("", 1, fee="0.1")], known, 2)
    assert [fill.fee for fill in answer.new] == [D("0.2")]
    in_two = {"other_fees": [FeePart(amount=D(1), currency="BNB")]}
    known = [row("~1@100#1", 1, **in_two)]
    assert found([row("", 1), row("", 1, **in_two)], known, 2).new[0].other_fees == []


def test_executions_of_several_assets_may_share_a_name() -> None:
    pair = [row("m1", 1), row("m1", 1, symbol="Y")]
    assert [fill.id for fill in found(pair, [], None).new] == ["m1", "m1"]
    assert found(pair, pair, None).new == []


def test_ids_do_not_depend_on_the_order_of_the_answer() -> None:
    listed = [row("t", 3, 9), row("", 1), row("t", 1, 2), row("", 1, at=NOW + timedelta(seconds=1))]
    one = {(fill.at, terms(fill), fill.id) for fill in found(listed, [], 6).new}
    assert one == {(fill.at, terms(fill), fill.id) for fill in found(listed[::-1], [], 6).new}


def test_overlapping_lists_show_an_execution_once() -> None:
    listed = [row("t1", 1), row("t2", 1), row("t2", 1, at=NOW + timedelta(seconds=1)), row("t2", 3)]
    assert [fill.id for fill in distinct(listed)] == ["t1", "t2", "t2~3@100#1"]


executions = st.lists(
    st.tuples(st.sampled_from(["", "t1", "t2", "t3"]), st.integers(1, 3), st.integers(98, 100)),
    min_size=1,
    max_size=6,
)


@given(executions, st.data())
def test_answers_never_add_up_to_what_the_venue_did_not_have(
    happened: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """Answers list what has happened so far, or a part of it, in any order, a row of a whole answer twice: a part of the venue's own
    executions is booked at every moment, and all of them after a whole answer."""
    known: list[Fill] = []
    for count in range(1, len(happened) + 1):
        so_far = [row(*each) for each in happened[:count]]
        total = sum(fill.quantity for fill in so_far)
        listed = data.draw(st.permutations(so_far))
        part = data.draw(st.integers(0, count))
        listed = listed[:part]
        named = [fill for fill in listed if fill.id]
        # A row twice in place of another of the same quantity is the one thing that nothing can tell.
        if named and part == count and data.draw(st.booleans()):
            listed = [*listed, data.draw(st.sampled_from(named))]
        answer = recognise(listed, known, total)
        if answer.doubt is None:
            known = answer.fills
        _part_of(known, so_far)
    whole = [row(*each) for each in happened]
    answer = recognise(data.draw(st.permutations(whole)), known, sum(fill.quantity for fill in whole))
    assert answer.doubt is None
    assert Counter(map(terms, answer.fills)) == Counter(map(terms, whole))
    again = recognise(data.draw(st.permutations(whole)), answer.fills, sum(fill.quantity for fill in whole))
    assert (list(again.new), again.doubt) == ([], None)


def _part_of(known: list[Fill], happened: list[Fill]) -> None:
    assert not Counter(map(terms, known)) - Counter(map(terms, happened))
    assert len({fill.id for fill in known}) == len(known)
