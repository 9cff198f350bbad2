"""Common base of the models: names of constraints, and Postgres types of Python types."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB

from argosy.infrastructure.storage.models.declaration import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

JsonObject = dict[str, Any]

Position = Annotated[int, mapped_column(BigInteger)]
"""Stream `seq` as one sortable integer (see `storage.position`)."""

BigCount = Annotated[int, mapped_column(BigInteger, server_default="0")]


class Base(DeclarativeBase):
    """Base class of all models.

    Money is `numeric` without a scale (stored exactly as given); time is `timestamptz`; documents are `jsonb`.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
        JsonObject: JSONB(),
    }
