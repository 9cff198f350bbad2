"""Runs by status, and points of a chart by time, without reading all of a bot's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEWEST: list[sa.ColumnClause[Any]] = [sa.literal_column("started_at DESC"), sa.literal_column("id DESC")]


def upgrade() -> None:
    op.create_index("ix_runs_bot_status", "runs", ["bot_id", "status", *_NEWEST])
    op.create_index("ix_runs_status", "runs", ["status", *_NEWEST])
    op.create_index("ix_metrics_time", "metrics", ["bot_id", "strategy_id", "at"])
    op.drop_index("ix_metrics_age", "metrics")


def downgrade() -> None:
    op.create_index("ix_metrics_age", "metrics", ["at"])
    op.drop_index("ix_metrics_time", "metrics")
    op.drop_index("ix_runs_status", "runs")
    op.drop_index("ix_runs_bot_status", "runs")
