"""Expressions: exact, bounded, and with nothing within reach but values."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cpu import least_cpu_s

from argosy.errors import InvalidInput
from argosy.graph.formula import check, evaluate, number


@pytest.mark.parametrize(
    ("expression", "names", "value"),
    [
        ("a + b", {"a": "0.1", "b": 0.2}, Decimal("0.3")),
        ("1 - (a + b) - 0.07 * a * (1 - a)", {"a": "0.5", "b": "0.4"}, Decimal("0.0825")),
        ("a['ask'] < 0.99 and not b", {"a": {"ask": "0.98"}, "b": False}, True),
        ("rows[0]['p'] * 2", {"rows": [{"p": "1.5"}]}, Decimal("3.0")),
        ("rows[-1]", {"rows": [1, 2]}, 2),
        ("rows[:2]", {"rows": [1, 2, 3]}, [1, 2]),
        ("x[key]", {"x": {"1": "one"}, "key": "1"}, "one"),
        ("max(a) - min(1, b)", {"a": ["3", 5], "b": "0.5"}, Decimal("4.5")),
        ("sum(a)", {"a": []}, Decimal(0)),
        ("'5' in a", {"a": ["5"]}, True),
        ("'k' in x", {"x": {"k": 1}}, True),
        ("'big' if a > 1 else 'small'", {"a": "1.01"}, "big"),
        ("a is null", {"a": None}, True),
        ("true and not false", {}, True),
        ("round(a, 2)", {"a": "2.345"}, Decimal("2.34")),
        ("2 ** 10", {}, Decimal(1024)),
        ("len(a)", {"a": [1, 2]}, 2),
        ("floor(-1.5) + ceil(-1.5)", {}, Decimal(-3)),
        ("7 % 4 + 7 // 4", {}, Decimal(4)),
    ],
)
def test_values(expression: str, names: dict[str, Any], value: Any) -> None:
    found = evaluate(expression, names)
    assert found == value
    assert type(found) is type(value)


def test_texts_of_other_kinds_stay_texts() -> None:
    for text in ("0x10", "1_000", "nan", "Infinity", "1e99999", " 1", "9" * 50):
        assert number(text) == text
    assert number("-12.50") == Decimal("-12.50")
    assert number(True) is True


def test_roots_and_logarithms_have_all_their_digits() -> None:
    assert evaluate("sqrt(2) * sqrt(2)", {}) == pytest.approx(Decimal(2), abs=Decimal("1e-30"))
    assert evaluate("exp(ln(a))", {"a": 3}) == pytest.approx(Decimal(3), abs=Decimal("1e-30"))


@pytest.mark.parametrize(
    "expression",
    [
        "a.b",
        "''.join(a)",
        "__import__('os')",
        "open('f')",
        "lambda: 1",
        "[i for i in a]",
        "(i for i in a)",
        "{'a': 1}",
        "f'{a}'",
        "a := 1",
        "a = 1",
        "import os",
        "1; 2",
        "",
        "1 +",
        "min(*a)",
        "max(a, key=len)",
        "b'x'",
        "1j",
        "1 << 9",
        "~1",
        "1 " + "+ 1" * 400,
        "(" * 40 + "1" + ")" * 40 + "+ -" + "-" * 40 + "1",
        "\0",
    ],
)
def test_what_is_not_allowed_is_refused_before_it_is_evaluated(expression: str) -> None:
    with pytest.raises(ValueError):
        check(expression)
    with pytest.raises(InvalidInput):
        evaluate(expression, {"a": [1]})


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "a['x']",
        "a[9]",
        "a[0.5]",
        "'a' < 1",
        "sqrt(-1)",
        "9 ** 9 ** 9",
        "'a' * 9",
        "a * 2",
        "1e999",
        "ln(0)",
    ],
)
def test_values_that_do_not_fit_are_errors_with_the_expression_in_them(expression: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        evaluate(expression, {"a": [1]})
    assert expression in str(caught.value)


def test_names_are_the_given_ones_only() -> None:
    with pytest.raises(InvalidInput) as caught:
        evaluate("prise + 1", {"price": 1})
    assert (caught.value.expected, caught.value.found) == ("one of: price", "prise")
    with pytest.raises(InvalidInput):
        evaluate("min", {})


@pytest.mark.parametrize("expression", ["9**999" + "*9**999" * 20, "a + a + a + a", "exp(exp(exp(9)))"])
def test_no_expression_takes_long(expression: str) -> None:
    def work() -> None:
        with suppress(InvalidInput):
            evaluate(expression, {"a": ["x"] * 4_000})

    assert least_cpu_s(work, 0.5) < 0.5


@given(st.text(alphabet="abc0123456789.+-*/%()[]<>=!'\" ,andortif", max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_value_or_a_clear_error(expression: str) -> None:
    try:
        evaluate(expression, {"a": "1.5", "b": [1, "2"], "c": {"a": 1}})
    except InvalidInput as error:
        assert error.code == "invalid_input"


HANGS = [
    "round(1, floor('1e999999999'))",
    "a[floor('1e999999999')]",
    "a[ceil('1e99999999')]",
    "a[big]",
    "floor(big)",
    "round(big)",
    "round(1, big)",
    "big // 7 % 3",
    "[1][huge]",
    "huge // 3",
    "x[huge]",
    "len(a) ** big",
    "ln(big) + exp(big) + sqrt(big)",
    "a[round(9 ** 999 * 9 ** 999 * 9 ** 999)]",
    "round(exp(9999), 0) in a",
]


@pytest.mark.parametrize("expression", HANGS)
def test_numbers_with_huge_exponents_are_refused_at_once(expression: str) -> None:
    names = {"a": [1], "x": {}, "big": Decimal("1e999999999"), "huge": 10 ** (10**6)}

    def work() -> None:
        with suppress(InvalidInput):
            evaluate(expression, names)

    assert least_cpu_s(work, 0.5) < 0.5


_leaves = st.sampled_from(
    ["0", "1", "-1", "9", "0.5", "1e308", "'1e999'", "'1e-999'", "'1e999999999'", "'x'", "a", "t", "o", "n", "big",
     "9**999", "null", "true", "[]", "[a, t]"]
)  # fmt: skip
_expressions = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "==", "in", "and"]),
            inner,
        ),
        st.builds(
            "{}({})".format,
            st.sampled_from(
                ["abs", "min", "max", "sum", "len", "round", "floor", "ceil", "sqrt", "ln", "exp", "any"]
            ),
            inner,
        ),
        st.builds("round({}, {})".format, inner, inner),
        st.builds("{}[{}]".format, st.sampled_from(["a", "t", "o"]), inner),
        st.builds("a[{}:{}]".format, inner, inner),
        st.builds("-{}".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=12,
)


@given(_expressions)
@settings(max_examples=600, deadline=None)
def test_no_expression_of_the_language_takes_long(expression: str) -> None:
    names = {
        "a": [1, "2.5", [3]],
        "t": "1e500",
        "o": {"1": 2, "1E+999": 3},
        "n": 2**63,
        "big": Decimal("-1e99999999"),
    }

    def work() -> None:
        with suppress(InvalidInput):
            value = evaluate(expression, names)
            str(value)
            if isinstance(value, (int, Decimal)):
                int(value)

    assert least_cpu_s(work, 0.5) < 0.5
