"""Tables declared as typed classes, on SQLAlchemy's core alone.

A class reads like a model of SQLAlchemy's ORM and type checkers see one. At run time no ORM is imported: statements
only need the tables, and the ORM is a quarter of what a short command imports.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
else:
    from types import NoneType
    from typing import Annotated, Any, get_args, get_origin

    from sqlalchemy import Boolean, Column, Double, Integer, Table

    _TYPES = {int: Integer(), float: Double(), bool: Boolean()}
    _annotations = {}

    class Mapped:
        """Marks an annotation as that of a column: `Mapped[str | None]`."""

        def __class_getitem__(cls, kind):
            return kind

    class mapped_column:  # noqa: N801 - the name that SQLAlchemy gives it
        """Options of a column beside its Python type, as `sqlalchemy.Column` takes them."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.arguments, self.options = arguments, options

    class _Declaration(type):
        """Make the table of each class with a table name; in statements the class is its table."""

        def __init__(cls, name, bases, members) -> None:
            super().__init__(name, bases, members)
            if "__tablename__" not in members:
                return
            *arguments, options = *members.get("__table_args__", ()), {}
            if arguments and isinstance(arguments[-1], dict):
                options = arguments.pop()
            columns = {
                attribute: _column(cls, attribute, text, members.get(attribute))
                for attribute, text in members["__annotations__"].items()
            }
            cls.__table__ = Table(
                members["__tablename__"], cls.metadata, *columns.values(), *arguments, **options
            )
            for attribute, column in columns.items():
                setattr(cls, attribute, column)

        def __clause_element__(cls) -> Table:
            return cls.__table__

    class DeclarativeBase(metaclass=_Declaration):
        """Base of all tables; a subclass has `metadata` and `type_annotation_map`."""

    def _column(model: type, attribute: str, annotation: str, given: mapped_column | None) -> Column[Any]:
        kind = _kind(model, annotation)
        shared = given or mapped_column()
        if get_origin(kind) is Annotated:
            kind, common = get_args(kind)
            shared = mapped_column(
                *common.arguments, *shared.arguments, **{**common.options, **shared.options}
            )
        inner = [each for each in get_args(kind) if each is not NoneType]
        optional = NoneType in get_args(kind)
        arguments, options = list(shared.arguments), dict(shared.options)
        name = arguments.pop(0) if arguments and isinstance(arguments[0], str) else attribute
        if not any(_is_type(each) for each in arguments):
            python = inner[0] if optional else kind
            arguments.insert(0, model.type_annotation_map.get(python) or _TYPES[python])
        if not options.get("primary_key"):
            options.setdefault("nullable", optional)
        return Column(name, *arguments, **options)

    def _is_type(argument: Any) -> bool:
        from sqlalchemy.types import TypeEngine

        return isinstance(argument, TypeEngine) or (
            isinstance(argument, type) and issubclass(argument, TypeEngine)
        )

    def _kind(model: type, annotation: str) -> Any:
        """The annotation's type; few different ones stand at hundreds of columns."""
        key = (model.__module__, annotation)
        if key not in _annotations:
            _annotations[key] = eval(annotation, vars(sys.modules[model.__module__]))  # noqa: S307 - our own text
        return _annotations[key]


__all__ = ["DeclarativeBase", "Mapped", "mapped_column"]
