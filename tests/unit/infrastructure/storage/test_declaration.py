"""Tables declared as classes, without SQLAlchemy's ORM."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from sqlalchemy import BigInteger, CheckConstraint, Column, Double, MetaData, Numeric, Text, select
from sqlalchemy.dialects import postgresql

from argosy.infrastructure.storage.models.declaration import DeclarativeBase, Mapped, mapped_column

Count = Annotated[int, mapped_column(BigInteger, server_default="0")]


class Root(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = {str: Text(), Decimal: Numeric()}


class Thing(Root):
    __tablename__ = "things"
    __table_args__ = (CheckConstraint("price > 0", name="price"), {"postgresql_partition_by": "RANGE (id)"})

    id: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Decimal | None]
    limit: Mapped[Decimal] = mapped_column("max")
    share: Mapped[float]
    count: Mapped[Count]


def column(name: str) -> Column[object]:
    return Thing.__table__.c[name]


def test_columns_keep_the_order_of_the_class() -> None:
    assert [each.name for each in Thing.__table__.columns] == ["id", "price", "max", "share", "count"]


@pytest.mark.parametrize(
    ("name", "kind", "nullable"),
    [("id", Text, False), ("price", Numeric, True), ("max", Numeric, False), ("share", Double, False),
     ("count", BigInteger, False)],
)  # fmt: skip
def test_a_column_has_the_type_of_its_annotation(name: str, kind: type, nullable: bool) -> None:
    assert isinstance(column(name).type, kind)
    assert column(name).nullable is nullable


def test_a_shared_annotation_brings_its_options() -> None:
    assert str(column("count").server_default.arg) == "0"
    assert column("count") is Thing.count


def test_the_class_stands_for_its_table_in_statements() -> None:
    whole = select(Thing).where(Thing.limit > 1)
    assert "FROM things" in str(whole.compile(dialect=postgresql.dialect()))
    assert whole.selected_columns.keys() == ["id", "price", "max", "share", "count"]


def test_arguments_of_the_table_come_last() -> None:
    assert Thing.__table__.dialect_options["postgresql"]["partition_by"] == "RANGE (id)"
    assert any(isinstance(each, CheckConstraint) for each in Thing.__table__.constraints)
