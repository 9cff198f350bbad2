"""Every number of the command line has a range, and odd values end as a mistake in its use."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
import typer
from typer.main import get_command

from argosy.cli._shared.lazy import load
from argosy.cli.root import ArgosyCommands, app
from argosy.core.money.money import bounded
from argosy.errors import InvalidInput

ODD = ["", " ", "nan", "-nan", "inf", "-inf", "1e400", "-1e400", "0x10", "9" * 30, "-1"]


def commands() -> Iterator[tuple[str, Any]]:
    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
            return
        for each, found in inner.items():
            yield from walk(f"{name} {each}", found)

    for name, lazy in ArgosyCommands.table.items():
        yield from walk(name, load(name, lazy))
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        if name not in ArgosyCommands.table:
            yield from walk(name, command)


def kinds(parameter: Any) -> set[Any]:
    annotation = parameter.type_descriptor.annotation
    return {annotation, *get_args(annotation)}


def numbers() -> dict[str, tuple[Any, Any]]:
    return {
        f"{name} {parameter.name}": (command, parameter)
        for name, command in commands()
        for parameter in command.params
        if kinds(parameter) & {int, float}
    }


def test_every_number_has_a_range_and_refuses_what_is_none() -> None:
    found = numbers()
    assert len(found) > 15
    for name, (command, parameter) in found.items():
        assert None not in (parameter.min, parameter.max), f"{name} has half a range or none"
        context = typer.Context(command)
        for value in [*ODD, *(["1.5"] if int in kinds(parameter) else [])]:
            with pytest.raises(typer.BadParameter):
                parameter.process_value(context, value)
                pytest.fail(f"{name} takes {value!r}")


@pytest.mark.parametrize("value", [*ODD, "0", "1e-400"])
def test_amounts_are_bounded_the_same_way(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bounded(value, name="--capital", above=0, most=Decimal(10) ** 11)
    assert refused.value.message.startswith("--capital")
