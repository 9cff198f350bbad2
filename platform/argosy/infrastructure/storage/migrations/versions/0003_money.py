"""Money: intents of the action gateway, the ledger, risk limits, emergency changes, audit and notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What must not be changed once it is written.
_APPEND_ONLY = ("ledger_entries", "audit_log")


def upgrade() -> None:
    op.create_table(
        "venue_documents",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "key", name=op.f("pk_venue_documents")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(
        "ix_audit_log_subject", "audit_log", ["subject", sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "cash",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("base_amount", sa.Numeric(), nullable=False),
        sa.Column("capital", sa.Numeric(), nullable=False),
        sa.Column("fees", sa.Numeric(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mode", "bot_id", "strategy_id", "venue", "currency", name=op.f("pk_cash")),
    )
    op.create_table(
        "emergency_changes",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flatten", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("enforced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_emergency_changes")),
    )
    op.create_index(
        "ix_emergency_changes_scope",
        "emergency_changes",
        ["scope", sa.literal_column("epoch DESC")],
        unique=False,
    )
    op.create_index(
        "ix_emergency_changes_due",
        "emergency_changes",
        ["epoch"],
        unique=False,
        postgresql_where=sa.text("enforced_at IS NULL OR NOT announced"),
    )
    op.create_table(
        "equity_levels",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("high_water", sa.Numeric(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("day_start_equity", sa.Numeric(), nullable=False),
        sa.Column("capital", sa.Numeric(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "mode", name=op.f("pk_equity_levels")),
    )
    op.create_table(
        "equity_points",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capital", sa.Numeric(), nullable=False),
        sa.Column("cash", sa.Numeric(), nullable=False),
        sa.Column("equity", sa.Numeric(), nullable=False),
        sa.Column("realised", sa.Numeric(), nullable=False),
        sa.Column("unrealised", sa.Numeric(), nullable=False),
        sa.Column("fees", sa.Numeric(), nullable=False),
        sa.Column("high_water", sa.Numeric(), nullable=False),
        sa.Column("drawdown", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "mode", "at", name=op.f("pk_equity_points")),
    )
    op.create_table(
        "intent_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("filled", sa.Numeric(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent_changes")),
    )
    op.create_index("ix_intent_changes_client", "intent_changes", ["client_id", "id"], unique=False)
    op.create_index(
        "ix_intent_changes_silent",
        "intent_changes",
        ["id"],
        unique=False,
        postgresql_where=sa.text("NOT announced"),
    )
    op.create_table(
        "intents",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("group_policy", sa.Text(), nullable=True),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("action", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delta", sa.Numeric(), nullable=False),
        sa.Column("reducing", sa.Boolean(), nullable=False),
        sa.Column("reserved", sa.Numeric(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("venue_id", sa.Text(), nullable=True),
        sa.Column("filled", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("assessment", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "epochs",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lookups", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_intents_reserved")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_intents")),
    )
    op.create_index("ix_intents_decided", "intents", ["decided_at"], unique=False)
    op.create_index(
        "ix_intents_group",
        "intents",
        ["group_id"],
        unique=False,
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        "ix_intents_unsettled",
        "intents",
        ["bot_id", "decided_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('planned', 'submitted', 'open', 'partially_filled', 'unknown')"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("rate_source", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("base_amount", sa.Numeric(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("fill_id", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["at"], unique=False)
    op.create_index("ix_ledger_entries_bot", "ledger_entries", ["bot_id", "id"], unique=False)
    op.create_index(
        "uq_ledger_entries_fill",
        "ledger_entries",
        ["client_id", "fill_id", "kind", "strategy_id", "symbol"],
        unique=True,
        postgresql_where=sa.text("client_id <> ''"),
    )
    op.create_table(
        "marks",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("volatility", sa.Numeric(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mode", "venue", "symbol", name=op.f("pk_marks")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("delivered_to", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND NOT given_up"),
    )
    op.create_index("ix_notices_key", "notices", ["key", sa.literal_column("created_at DESC")], unique=False)
    op.create_table(
        "positions",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.Column("realised", sa.Numeric(), nullable=False),
        sa.Column("fees", sa.Numeric(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "mode", "bot_id", "strategy_id", "venue", "symbol", name=op.f("pk_positions")
        ),
    )
    op.create_index(
        "ix_positions_held", "positions", ["bot_id"], unique=False, postgresql_where=sa.text("quantity <> 0")
    )
    op.create_table(
        "venue_baselines",
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mode", "bot_id", "venue", "asset", name=op.f("pk_venue_baselines")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("looked_up", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unsettled", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "differences",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('clean', 'unsettled', 'drift', 'failed')", name=op.f("ck_reconciliations_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "ix_reconciliations_newest", "reconciliations", ["bot_id", sa.literal_column("at DESC")], unique=False
    )
    op.create_table(
        "risk_limits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("max", sa.Numeric(), nullable=False),
        sa.Column("warning", sa.Numeric(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=True),
        sa.Column(
            "parameters",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('enforce', 'warn')", name=op.f("ck_risk_limits_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_limits")),
    )
    op.create_index("ix_risk_limits_scope", "risk_limits", ["scope"], unique=False)
    op.create_table(
        "capital_accounts",
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("lending", sa.Text(), server_default="none", nullable=False),
        sa.Column("live_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reconciled_clean", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("blocked", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("lending IN ('none', 'idle')", name=op.f("ck_capital_accounts_lending")),
        sa.ForeignKeyConstraint(
            ["bot_id"], ["bots.id"], name=op.f("fk_capital_accounts_bot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_capital_accounts")),
    )
    op.create_table(
        "capital_shares",
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.Column("lends", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("workflow_weight", sa.Numeric(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("weight >= 0 AND weight <= 1", name=op.f("ck_capital_shares_weight")),
        sa.ForeignKeyConstraint(
            ["bot_id"], ["bots.id"], name=op.f("fk_capital_shares_bot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bot_id", "strategy_id", name=op.f("pk_capital_shares")),
    )
    op.add_column(
        "emergency_states",
        sa.Column("automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("actions", sa.Column("label", sa.Text(), server_default="", nullable=False))
    op.add_column("actions", sa.Column("change_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("emergency_states", sa.Column("cause", sa.Text(), server_default="", nullable=False))
    op.add_column("emergency_states", sa.Column("clears_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("emergency_states", sa.Column("armed_for", sa.Text(), nullable=True))
    op.add_column("emergency_states", sa.Column("armed_code", sa.Text(), nullable=True))
    op.add_column("emergency_states", sa.Column("armed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "emergency_states",
        sa.Column("flatten", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute("CREATE SEQUENCE emergency_epochs")
    op.execute(
        "SELECT setval('emergency_epochs', greatest((SELECT coalesce(max(epoch), 0) FROM emergency_states), 1))"
    )
    op.execute(
        """
        CREATE FUNCTION argosy_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION argosy_append_only()"
        )
    # The bot's row is locked so that of two transactions that commit at once the second sees the first.
    op.execute(
        """
        CREATE FUNCTION argosy_shares_fit() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE total numeric;
        BEGIN
            PERFORM 1 FROM bots WHERE id = NEW.bot_id FOR NO KEY UPDATE;
            SELECT sum(weight) INTO total FROM capital_shares WHERE bot_id = NEW.bot_id;
            IF total > 1 THEN
                RAISE EXCEPTION 'the shares of bot % come to %, more than 1', NEW.bot_id, total
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER capital_shares_fit AFTER INSERT OR UPDATE ON capital_shares "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION argosy_shares_fit()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER capital_shares_fit ON capital_shares")
    op.execute("DROP FUNCTION argosy_shares_fit()")
    for table in _APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION argosy_append_only()")
    op.execute("DROP SEQUENCE emergency_epochs")
    op.drop_column("actions", "change_id")
    op.drop_column("actions", "label")
    op.drop_column("emergency_states", "flatten")
    op.drop_column("emergency_states", "armed_until")
    op.drop_column("emergency_states", "armed_code")
    op.drop_column("emergency_states", "armed_for")
    op.drop_column("emergency_states", "clears_at")
    op.drop_column("emergency_states", "cause")
    op.drop_column("emergency_states", "automatic")
    op.drop_table("venue_documents")
    op.drop_table("capital_shares")
    op.drop_table("capital_accounts")
    op.drop_index("ix_risk_limits_scope", table_name="risk_limits")
    op.drop_table("risk_limits")
    op.drop_index("ix_reconciliations_newest", table_name="reconciliations")
    op.drop_table("venue_baselines")
    op.drop_table("reconciliations")
    op.drop_index("ix_positions_held", table_name="positions", postgresql_where=sa.text("quantity <> 0"))
    op.drop_table("positions")
    op.drop_index("ix_notices_key", table_name="notices")
    op.drop_index(
        "ix_notices_due",
        table_name="notices",
        postgresql_where=sa.text("delivered_at IS NULL AND NOT given_up"),
    )
    op.drop_table("notices")
    op.drop_table("marks")
    op.drop_index(
        "uq_ledger_entries_fill", table_name="ledger_entries", postgresql_where=sa.text("client_id <> ''")
    )
    op.drop_index("ix_ledger_entries_bot", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_at", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index(
        "ix_intents_unsettled",
        table_name="intents",
        postgresql_where=sa.text("status IN ('planned', 'submitted', 'open', 'partially_filled', 'unknown')"),
    )
    op.drop_index("ix_intents_group", table_name="intents", postgresql_where=sa.text("group_id IS NOT NULL"))
    op.drop_index("ix_intents_decided", table_name="intents")
    op.drop_table("intents")
    op.drop_index(
        "ix_intent_changes_silent", table_name="intent_changes", postgresql_where=sa.text("NOT announced")
    )
    op.drop_index("ix_intent_changes_client", table_name="intent_changes")
    op.drop_table("intent_changes")
    op.drop_table("equity_points")
    op.drop_table("equity_levels")
    op.drop_index(
        "ix_emergency_changes_due",
        table_name="emergency_changes",
        postgresql_where=sa.text("enforced_at IS NULL OR NOT announced"),
    )
    op.drop_index("ix_emergency_changes_scope", table_name="emergency_changes")
    op.drop_table("emergency_changes")
    op.drop_table("cash")
    op.drop_index("ix_audit_log_subject", table_name="audit_log")
    op.drop_table("audit_log")
