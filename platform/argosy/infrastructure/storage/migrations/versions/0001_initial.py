"""The first schema: configuration, history by day, journal, and what tells beat of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("filled", sa.Numeric(), nullable=True),
        sa.Column("average_price", sa.Numeric(), nullable=True),
        sa.Column("fee", sa.Numeric(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paper", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_actions")),
    )
    op.create_index("ix_actions_bot", "actions", ["bot_id", sa.literal_column("position DESC")], unique=False)
    op.create_index("ix_actions_newest", "actions", [sa.literal_column("position DESC")], unique=False)
    op.create_index("ix_actions_run", "actions", ["run_id"], unique=False)
    op.create_index(
        "ix_actions_strategy",
        "actions",
        ["bot_id", "strategy_id", sa.literal_column("position DESC")],
        unique=False,
    )
    op.create_table(
        "emergency_states",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_emergency_states")),
    )
    op.create_table(
        "events_log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=True),
        sa.Column("strategy_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events_log")),
    )
    op.create_index(
        "ix_events_log_bot", "events_log", ["bot_id", sa.literal_column("position DESC")], unique=False
    )
    op.create_index(
        "ix_events_log_type", "events_log", ["type", sa.literal_column("position DESC")], unique=False
    )
    op.create_table(
        "metrics",
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("equity", sa.Numeric(), nullable=True),
        sa.Column("pnl", sa.Numeric(), nullable=True),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "strategy_id", "position", name=op.f("pk_metrics")),
    )
    op.create_index("ix_metrics_age", "metrics", ["at"], unique=False)
    op.create_table(
        "node_executions",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("execution_time_ms", sa.REAL(), nullable=True),
        sa.Column("truncated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tweaked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("outputs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "run_id", "strategy_id", "node_id", "started_at", name=op.f("pk_node_executions")
        ),
        postgresql_partition_by="RANGE (started_at)",
    )
    op.create_index(
        "ix_node_executions_newest",
        "node_executions",
        ["bot_id", "strategy_id", "node_id", sa.literal_column("started_at DESC")],
        unique=False,
    )
    op.create_table(
        "node_states",
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("execution_time_ms", sa.REAL(), nullable=True),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("tweaked", sa.Boolean(), nullable=False),
        sa.Column("outputs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("executions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("successes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("skips", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_time_ms", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "strategy_id", "node_id", name=op.f("pk_node_states")),
    )
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("expected_profit", sa.Numeric(), nullable=True),
        sa.Column("cost", sa.Numeric(), nullable=True),
        sa.Column("risk", sa.Numeric(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
    )
    op.create_index(
        "ix_opportunities_bot", "opportunities", ["bot_id", sa.literal_column("position DESC")], unique=False
    )
    op.create_index("ix_opportunities_run", "opportunities", ["run_id"], unique=False)
    op.create_index(
        "ix_opportunities_strategy",
        "opportunities",
        ["bot_id", "strategy_id", sa.literal_column("position DESC")],
        unique=False,
    )
    op.create_table(
        "param_changes",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("param", sa.Text(), nullable=False),
        sa.Column("old", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("new", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("saved", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_param_changes")),
    )
    op.create_index(
        "ix_param_changes_newest",
        "param_changes",
        ["bot_id", "strategy_id", sa.literal_column("position DESC")],
        unique=False,
    )
    op.create_table(
        "recorder_progress",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.Text(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_recorder_progress")),
    )
    op.create_table(
        "recorder_rejects",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_recorder_rejects")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("workflow_digest", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("opportunities", sa.Integer(), server_default="0", nullable=False),
        sa.Column("actions", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_bot_newest",
        "runs",
        ["bot_id", sa.literal_column("started_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_runs_newest",
        "runs",
        [sa.literal_column("started_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_runs_unfinished",
        "runs",
        ["started_at"],
        unique=False,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "strategy_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("success", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opportunities", sa.Integer(), server_default="0", nullable=False),
        sa.Column("actions", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("run_id", "strategy_id", name=op.f("pk_strategy_runs")),
    )
    op.create_index("ix_strategy_runs_age", "strategy_runs", ["started_at"], unique=False)
    op.create_index(
        "ix_strategy_runs_newest",
        "strategy_runs",
        ["bot_id", "strategy_id", sa.literal_column("started_at DESC")],
        unique=False,
    )
    op.create_table(
        "workflows",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('bot', 'strategy')", name=op.f("ck_workflows_kind")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_workflows")),
        sa.UniqueConstraint("workflow_id", "version", name=op.f("uq_workflows_workflow_id_version")),
    )
    op.create_table(
        "bots",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("workflow_digest", sa.Text(), nullable=False),
        sa.Column("capital", sa.Numeric(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column(
            "config",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("mode IN ('paper', 'sandbox', 'live')", name=op.f("ck_bots_mode")),
        sa.CheckConstraint("state IN ('running', 'paused')", name=op.f("ck_bots_state")),
        sa.CheckConstraint("capital >= 0", name=op.f("ck_bots_capital")),
        sa.ForeignKeyConstraint(
            ["workflow_digest"], ["workflows.digest"], name=op.f("fk_bots_workflow_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bots")),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("misfired", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("skipped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bot_id"], ["bots.id"], name=op.f("fk_schedules_bot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index(op.f("ix_schedules_bot_id"), "schedules", ["bot_id"], unique=False)
    # Rows here are rewritten often: room on the page keeps the rewrites out of the indexes.
    op.execute("ALTER TABLE node_states SET (fillfactor = 50)")
    op.execute("ALTER TABLE runs SET (fillfactor = 80)")
    op.execute("ALTER TABLE strategy_runs SET (fillfactor = 80)")
    op.execute("ALTER TABLE schedules SET (fillfactor = 50)")
    for statement in _TELL_BEAT:
        op.execute(statement)


# Only what changes beat's plans: its own bookkeeping on schedules must not wake it.
_TELL_BEAT = (
    """
    CREATE FUNCTION argosy_tell_beat() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('argosy_schedules', COALESCE(NEW.id, OLD.id));
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER schedules_made AFTER INSERT OR DELETE ON schedules
    FOR EACH ROW EXECUTE FUNCTION argosy_tell_beat()
    """,
    """
    CREATE TRIGGER schedules_changed AFTER UPDATE ON schedules FOR EACH ROW
    WHEN ((OLD.spec, OLD.enabled, OLD.bot_id) IS DISTINCT FROM (NEW.spec, NEW.enabled, NEW.bot_id))
    EXECUTE FUNCTION argosy_tell_beat()
    """,
    """
    CREATE TRIGGER bots_changed AFTER UPDATE ON bots FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION argosy_tell_beat()
    """,
)


def downgrade() -> None:
    op.drop_table("schedules")
    op.drop_table("bots")
    op.drop_table("workflows")
    op.drop_table("strategy_runs")
    op.drop_table("runs")
    op.drop_table("recorder_rejects")
    op.drop_table("recorder_progress")
    op.drop_table("param_changes")
    op.drop_table("opportunities")
    op.drop_table("node_states")
    op.drop_table("node_executions")
    op.drop_table("metrics")
    op.drop_table("events_log")
    op.drop_table("emergency_states")
    op.drop_table("actions")
    op.execute("DROP FUNCTION argosy_tell_beat()")
