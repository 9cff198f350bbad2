"""The mutants of a module, made by the operators of cosmic-ray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators import boolean_replacer, comparison_operator_replacement, unary_operator_replacement
from cosmic_ray.operators.keyword_replacer import KeywordReplacementOperator
from cosmic_ray.operators.operator import Operator

from mutation.plan import dotted

ORDERS = ("Lt", "LtE", "Gt", "GtE")
REPLACED = {
    **{order: tuple(x for x in (*ORDERS, "Eq", "NotEq") if x != order) for order in ORDERS},
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
}


class ReplaceIn(Operator):
    """`in` becomes `not in`; loops and comprehensions are left alone."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comparison":
            for child in node.children[1::2]:
                if child.get_code().strip() == "in":
                    yield child.start_pos, child.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        found = [child for child in node.children[1::2] if child.get_code().strip() == "in"]
        found[index].value = "not in"
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class ReplaceNotIn(Operator):
    """`not in` becomes `in`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comp_op" and [child.value for child in node.children] == ["not", "in"]:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0].value = ""
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _operators() -> list[Operator]:
    comparisons = {each.__name__: each for each in comparison_operator_replacement.operators()}
    unary = {each.__name__: each for each in unary_operator_replacement.operators()}
    named: list[type[KeywordReplacementOperator] | type[Operator]] = [
        comparisons[f"ReplaceComparisonOperator_{before}_{after}"]
        for before, many in REPLACED.items()
        for after in many
    ]
    named += [boolean_replacer.ReplaceAndWithOr, boolean_replacer.ReplaceOrWithAnd]
    named += [unary["ReplaceUnaryOperator_Delete_Not"], ReplaceIn, ReplaceNotIn]
    return [operator() for operator in named]


OPERATORS = _operators()


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module. `was` and `becomes` are its line before and after, `source` the whole module then."""

    module: str
    line: int
    was: str
    becomes: str
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operator can change a module: the mutant is made when it is wanted, since that takes a while."""

    path: Path
    line: int
    operator: Operator
    occurrence: int

    def mutant(self) -> Mutant:
        before = self.path.read_text()
        after = mutate_code(before, self.operator, self.occurrence)
        return Mutant(dotted(self.path), self.line, _line(before, self.line), _line(after, self.line), after)


def places(path: Path) -> list[Place]:
    """All places of a module, in the order of its lines."""
    nodes = list(ast_nodes(get_ast(path.read_text())))
    found = []
    for operator in OPERATORS:
        positions = [at for node in nodes for at in operator.mutation_positions(node)]
        found += [Place(path, start[0], operator, number) for number, (start, _) in enumerate(positions)]
    return sorted(found, key=lambda place: place.line)


def _line(source: str, number: int) -> str:
    return " ".join(source.splitlines()[number - 1].split())
