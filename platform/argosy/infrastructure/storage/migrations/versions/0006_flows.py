"""Flows: money that venues book by themselves, with every revision, and attributed value beside cash."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FLOWS = """
CREATE TABLE flows (
    id bigint GENERATED ALWAYS AS IDENTITY, mode text NOT NULL, account text NOT NULL, venue text NOT NULL,
    flow_id text NOT NULL, revision integer NOT NULL, at timestamptz NOT NULL, kind text NOT NULL,
    symbol text NOT NULL, amount numeric NOT NULL, quantity numeric NOT NULL, currency text NOT NULL,
    domain text NOT NULL, bot_id text NOT NULL, strategy_id text NOT NULL,
    rate numeric NOT NULL, rate_source text NOT NULL, booked boolean NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(), CONSTRAINT pk_flows PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flows_revision ON flows (mode, account, venue, flow_id, revision);
CREATE INDEX ix_flows_at ON flows (mode, account, venue, at);
CREATE TRIGGER flows_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON flows
    FOR EACH STATEMENT EXECUTE FUNCTION argosy_append_only();
"""


def upgrade() -> None:
    op.execute(_FLOWS)
    op.execute("ALTER TABLE cash ADD COLUMN attributed numeric NOT NULL DEFAULT 0")


def downgrade() -> None:
    """The revisions of flows are forgotten; their entries stay in the ledger."""
    op.execute("ALTER TABLE cash DROP COLUMN attributed; DROP TABLE flows")
