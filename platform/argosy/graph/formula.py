"""Safe evaluation of the short expressions in workflow parameters.

Arithmetic is exact decimal arithmetic. Values come from other nodes' outputs as JSON, where decimals are strings:
texts that read as a number are numbers here. There is no attribute access, no assignment and no loop. Only the
functions named in FUNCTIONS can be called. Length and size of the expression bound its run time.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import Annotated, Any

import simpleeval
from pydantic import AfterValidator

from argosy.errors import InvalidInput
from argosy.graph.magnitude import MAX_MAGNITUDE, is_bounded

MAX_LENGTH = 1_000
MAX_NODES = 200
MAX_DEPTH = 30
MAX_EXPONENT = 1_000
MAX_TEXT = 10_000
MAX_BITS = 40_000
MAX_PLACES = 100
MAX_INDEX = 10_000_000
_CONTEXT = Context(prec=34, Emax=MAX_MAGNITUDE, Emin=-MAX_MAGNITUDE)
_CONSTANTS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{0,40})?([eE][+-]?\d{1,3})?")


def number(value: Any) -> Any:
    """Convert floats and texts that read as a number to Decimal; return other values unchanged."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str) and len(value) <= 90 and _NUMBER.fullmatch(value):
        return Decimal(value)
    return value


def _bounded(value: Any) -> Any:
    """Return the value; raise ValueError for a number beyond MAX_MAGNITUDE, whatever its origin."""
    if isinstance(value, Decimal):
        if not is_bounded(value):
            raise ValueError(f"the number {value} is beyond 1e{MAX_MAGNITUDE}")
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ValueError(f"an integer of {value.bit_length()} bits")
    return value


def _decimal(value: Any) -> Decimal:
    """Return a number as Decimal; raise TypeError for other values.

    Texts that read as numbers were converted before.
    """
    if not isinstance(value, (int, Decimal)):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return Decimal(_bounded(value))


def _integer(value: Any, least: int, most: int) -> int:
    """Return a small whole number; its size is checked before the conversion."""
    if not least <= _decimal(value) <= most:
        raise ValueError(f"expected a number from {least} to {most}")
    return int(value)


def _power(base: Any, exponent: Any) -> Any:
    exponent = _decimal(exponent)
    if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT:
        raise ValueError(f"exponent {exponent} is beyond {MAX_EXPONENT}")
    return _decimal(base) ** exponent


def _times(left: Any, right: Any) -> Any:
    return _decimal(left) * _decimal(right)


def _plus(left: Any, right: Any) -> Any:
    total = left + right
    if isinstance(total, (str, list)) and len(total) > MAX_TEXT:
        raise ValueError(f"a text or list longer than {MAX_TEXT}")
    return total


def _divide(left: Any, right: Any) -> Any:
    return _decimal(left) / _decimal(right)


def _whole(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return _bounded(left) // _bounded(right)
    return _decimal(left) // _decimal(right)


def _rest(left: Any, right: Any) -> Any:
    return _decimal(left) % _decimal(right)


OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _plus,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: _divide,
    ast.FloorDiv: _whole,
    ast.Mod: _rest,
    ast.Pow: _power,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, among: item in (among if isinstance(among, (str, dict)) else _numbers(among)),
    ast.NotIn: lambda item, among: item not in (among if isinstance(among, (str, dict)) else _numbers(among)),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Not: operator.not_,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def _numbers(values: Any) -> list[Any]:
    return [number(value) for value in values]


def _spread(values: tuple[Any, ...]) -> list[Any]:
    return _numbers(values[0] if len(values) == 1 and isinstance(values[0], (list, tuple)) else values)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "min": lambda *values: min(_spread(values)),
    "max": lambda *values: max(_spread(values)),
    "sum": lambda *values: sum(_spread(values), Decimal(0)),
    "len": len,
    "round": lambda value, places=0: round(_decimal(value), _integer(places, -MAX_PLACES, MAX_PLACES)),
    "floor": lambda value: _decimal(value).to_integral_value("ROUND_FLOOR"),
    "ceil": lambda value: _decimal(value).to_integral_value("ROUND_CEILING"),
    "sqrt": lambda value: _decimal(value).sqrt(),
    "ln": lambda value: _decimal(value).ln(),
    "exp": lambda value: _decimal(value).exp(),
    "any": lambda values: any(_numbers(values)),
    "all": lambda values: all(_numbers(values)),
}

_SYNTAX = (
    ast.Expression,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Subscript,
    ast.Slice,
    ast.List,
    ast.Tuple,
    *OPERATORS,
)


class _Evaluator(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]
    """Evaluator of simpleeval with decimal numbers and access to names and functions only."""

    def _eval(self, node: ast.AST) -> Any:
        return _bounded(number(super()._eval(node)))

    def _check_disallowed_items(self, item: Any) -> None:
        """Skip the check: values are JSON and no function is ever a value."""

    def _eval_name(self, node: ast.Name) -> Any:
        if node.id not in self.names:
            raise simpleeval.NameNotDefined(node.id, self.expr)
        return self.names[node.id]

    def _eval_subscript(self, node: ast.Subscript) -> Any:
        container = self._eval(node.value)
        if isinstance(node.slice, ast.Constant):
            return container[node.slice.value]
        key = self._eval(node.slice)
        if isinstance(container, dict):
            return container[str(key)]
        if isinstance(key, Decimal) and key == key.to_integral_value():
            key = _integer(key, -MAX_INDEX, MAX_INDEX)
        return container[key]


@lru_cache(maxsize=512)
def _parsed(expression: str) -> ast.expr:
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"expected at most {MAX_LENGTH} characters, found {len(expression)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"not an expression: {getattr(error, 'msg', None) or error}") from None
    count = 0
    todo: list[tuple[ast.AST, int]] = [(tree, 0)]
    while todo:
        item, depth = todo.pop()
        count += 1
        if not isinstance(item, _SYNTAX):
            raise _refused(type(item).__name__)
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise ValueError(f"too long: expected at most {MAX_NODES} parts, nested at most {MAX_DEPTH} deep")
        if isinstance(item, ast.Call) and (
            not isinstance(item.func, ast.Name) or item.func.id not in FUNCTIONS or item.keywords
        ):
            raise ValueError(f"only these functions can be called: {', '.join(FUNCTIONS)}")
        if isinstance(item, ast.Constant) and not isinstance(item.value, (int, float, str, type(None))):
            raise _refused(type(item.value).__name__)
        todo += [(child, depth + 1) for child in ast.iter_child_nodes(item)]
    return tree.body


def _refused(what: str) -> ValueError:
    return ValueError(f"{what} is not allowed in an expression")


def check(expression: str) -> str:
    """Return the expression if it is valid, else raise ValueError with the reason."""
    _parsed(expression)
    return expression


Expression = Annotated[str, AfterValidator(check)]
"""Parameter that holds an expression; an invalid one is rejected at validation."""


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression; raise InvalidInput with the reason if it fails."""
    try:
        tree = _parsed(expression)
        evaluator = _Evaluator(operators=OPERATORS, functions=dict(FUNCTIONS), names={**_CONSTANTS, **names})
        with localcontext(_CONTEXT):
            value = evaluator.eval(expression, tree)
        if isinstance(value, Decimal) and not value.is_finite():
            raise ValueError(f"the result is {value}")
    except simpleeval.NameNotDefined as error:
        raise InvalidInput(
            f"the expression {expression!r} uses a name that is not there",
            expected=f"one of: {', '.join(names) or 'none'}",
            found=str(error.name),
        ) from None
    except (
        simpleeval.InvalidExpression,
        ArithmeticError,
        InvalidOperation,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
    ) as error:
        raise InvalidInput(
            f"the expression {expression!r} cannot be evaluated",
            found=f"{type(error).__name__}: {error}",
            remedy="check the values that arrive at the node",
        ) from None
    return list(value) if isinstance(value, tuple) else value
