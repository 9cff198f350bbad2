"""Measures, lines and findings at their edges, where an order compared the wrong way would go unseen."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support.risk import PATH, D, ago, buy, facts, held, limit, sell, waiting

from argosy.core.risk import ConstraintKind, assess, custom
from argosy.core.risk.facts import Facts, Line
from argosy.core.risk.judge import finding_of
from argosy.core.risk.kinds import KINDS
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.rules import check_constraint
from argosy.errors import InvalidInput

K = ConstraintKind


@pytest.mark.parametrize(
    ("measure", "part"),
    [
        (Measure(D(0), D(10), add=D(10)), Fraction(1)),
        (Measure(D(0), D(10), add=D(20)), Fraction(1, 2)),
        (Measure(D(4), D(10), add=D(9)), Fraction(2, 3)),
        (Measure(D(10), D(10), add=D(1)), None),  # nothing is left of the limit
        (Measure(D(11), D(10), add=D(1)), None),
        (Measure(D(9), D(10)), Fraction(1)),  # no size changes it: it passes or it does not
        (Measure(D(10), D(10)), Fraction(1)),
        (Measure(D(11), D(10)), None),
        (Measure(D(12), D(10), add=D(-2)), Fraction(1)),
        (Measure(D(12), D(10), add=D(-1)), None),
        (Measure(D(0), D(10), floor=D(9), add=D(20)), Fraction(1, 2)),
        (Measure(D(0), D(10), floor=D(10), add=D(20)), Fraction(1, 2)),
        (Measure(D(0), D(10), floor=D("10.1"), add=D(20)), None),  # the other side alone is too much
    ],
)
def test_the_largest_part_that_passes(measure: Measure, part: Fraction | None) -> None:
    assert measure.part == part


@pytest.mark.parametrize(
    "measure",
    [
        Measure(D("NaN"), D(1), base=D(0)),
        Measure(D(0), D(1), base=D("NaN")),
        Measure(D(0), D(1), add=D("Infinity")),
    ],
)
def test_one_number_that_is_not_finite_is_enough(measure: Measure) -> None:
    with pytest.raises(Unknown, match="not finite"):
        finding_of(limit(K.POSITION_SIZE, 1), measure)


def test_a_line_without_a_mark_counts_at_cost() -> None:
    reserved = {"reserved_buys": D(3), "reserved_sells": D(1)}
    assert Line(("v", "X"), D(5), D(-10), **reserved).values(None) == (13, 9)
    assert Line(("v", "X"), D(-5), D(-10), **reserved).values(None) == (-7, -11)
    # What strategies hold against each other nets to no units, and still has cost something.
    assert Line(("v", "X"), D(0), D(2), **reserved).values(None) == (5, 1)


def test_what_brings_no_units_is_on_the_side_of_no_purchase() -> None:
    [(_, line)] = Facts(facts(held(10, 10), waiting(0, 4), waiting(2, 3), waiting(-1, 2))).lines("platform")
    assert (line.buys, line.sells, line.reserved_buys, line.reserved_sells) == (2, -1, 3, 6)


@pytest.mark.parametrize(
    ("high_water", "equity", "code"),
    [(0, 0, None), (0, -1, "risk.unknown"), (-10, -10, None), (-10, -20, "risk.unknown"), (10, 9, None)],
)
def test_a_drawdown_from_nothing_is_not_known(high_water: int, equity: int, code: str | None) -> None:
    at = facts(account={"high_water": high_water, "equity": equity})
    assert assess(buy(), [limit(K.DRAWDOWN, "0.5")], at).code == code


@pytest.mark.parametrize(("said", "stops"), [("true", True), ("false", False), (None, False)])
def test_a_rate_stops_what_reduces_only_where_it_says_so(said: str | None, stops: bool) -> None:
    parameters = {} if said is None else {"countReducing": said}
    constraint = limit(K.ACTION_RATE, 1, window_s=60, parameters=parameters)
    assert KINDS[K.ACTION_RATE].stops_reducing(constraint) is stops
    at = facts(decided=[(ago(1), PATH)])
    assert assess(sell(1, reducing=True), [constraint], at).allowed is not stops


def test_a_parameter_that_does_not_fit_is_told_with_those_that_do() -> None:
    with pytest.raises(InvalidInput) as told:
        check_constraint(limit(K.ACTION_RATE, 1, parameters={"x": "1"}))
    assert told.value.expected == "countReducing"
    with pytest.raises(InvalidInput) as told:
        check_constraint(limit(K.POSITION_SIZE, 1, parameters={"x": "1"}))
    assert told.value.expected == "no parameters"


def test_a_measure_that_is_not_known_is_told_with_those_that_are(request: pytest.FixtureRequest) -> None:
    wrong = limit(K.CUSTOM, 1, parameters={"measure": "none"})
    with pytest.raises(InvalidInput) as told:
        check_constraint(wrong)
    assert "none: no plug-in brings one" in (told.value.expected or "")
    custom.register("mine", lambda *_: D(1))
    request.addfinalizer(lambda: custom.unregister("mine"))
    with pytest.raises(InvalidInput) as told:
        check_constraint(wrong)
    assert (told.value.expected or "").endswith("one of mine")


def test_a_finding_says_on_which_side_of_its_limit_it_is() -> None:
    most, least = limit(K.POSITION_SIZE, 10), limit(K.MINIMUM_BALANCE, 10)
    assert "limit" not in finding_of(most, Measure(D(10), D(10))).text
    assert finding_of(most, Measure(D(11), D(10))).text.endswith("; over the limit")
    assert "limit" not in finding_of(least, Measure(D(-10), D(-10), minimum=True)).text
    assert finding_of(least, Measure(D(-9), D(-10), minimum=True)).text.endswith("; below the limit")
