"""Versions of workflows and bots as rows of their own, archived bots, and the domains of venues.

A document is named by its digest, so a restored one had no version of its own: the newest stayed the newest.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORKFLOWS = """
CREATE TABLE workflow_versions (
    workflow_id text NOT NULL, version integer NOT NULL, digest text NOT NULL, note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(), created_by text NOT NULL,
    CONSTRAINT pk_workflow_versions PRIMARY KEY (workflow_id, version),
    CONSTRAINT fk_workflow_versions_digest_workflows FOREIGN KEY (digest) REFERENCES workflows (digest)
);
CREATE INDEX ix_workflow_versions_digest ON workflow_versions (digest);
INSERT INTO workflow_versions (workflow_id, version, digest, created_at, created_by)
    SELECT workflow_id, version, digest, created_at, created_by FROM workflows;
"""

_BOTS = """
ALTER TABLE bots DROP CONSTRAINT ck_bots_state;
ALTER TABLE bots ADD CONSTRAINT ck_bots_state CHECK (state IN ('running', 'paused', 'archived'));
CREATE TABLE bot_versions (
    bot_id text NOT NULL, version integer NOT NULL, settings jsonb NOT NULL, note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(), created_by text NOT NULL,
    CONSTRAINT pk_bot_versions PRIMARY KEY (bot_id, version),
    CONSTRAINT fk_bot_versions_bot_id_bots FOREIGN KEY (bot_id) REFERENCES bots (id) ON DELETE CASCADE
);
"""

_VENUES = """
CREATE TABLE venue_domains (
    venue text NOT NULL, domain text NOT NULL, CONSTRAINT pk_venue_domains PRIMARY KEY (venue)
);
"""


def upgrade() -> None:
    for script in (_WORKFLOWS, _BOTS, _VENUES):
        op.execute(script)


def downgrade() -> None:
    """Archived bots become paused ones; restored versions and the domains of venues are forgotten."""
    op.execute("DROP TABLE venue_domains; DROP TABLE bot_versions; DROP TABLE workflow_versions")
    op.execute("UPDATE bots SET state = 'paused' WHERE state = 'archived'")
    op.execute(
        "ALTER TABLE bots DROP CONSTRAINT ck_bots_state; "
        "ALTER TABLE bots ADD CONSTRAINT ck_bots_state CHECK (state IN ('running', 'paused'))"
    )
