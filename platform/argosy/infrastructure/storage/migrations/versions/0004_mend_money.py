"""Brings databases that were made by an earlier version of 0003 to what 0003 makes today; changes nothing elsewhere.

0003 was edited after it was on the main branch, seven times. Each step looks before it acts.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Changes that are there were announced long ago: only new ones begin unannounced.
_EMERGENCY = """
ALTER TABLE emergency_changes ADD COLUMN IF NOT EXISTS announced boolean NOT NULL DEFAULT true;
ALTER TABLE emergency_changes ALTER COLUMN announced SET DEFAULT false;
CREATE INDEX IF NOT EXISTS ix_emergency_changes_due ON emergency_changes (epoch)
    WHERE enforced_at IS NULL OR NOT announced;
"""

_SHARES = """
ALTER TABLE capital_shares ADD COLUMN IF NOT EXISTS workflow_weight numeric;
CREATE OR REPLACE FUNCTION argosy_shares_fit() RETURNS trigger LANGUAGE plpgsql AS $fit$
DECLARE total numeric;
BEGIN
    PERFORM 1 FROM bots WHERE id = NEW.bot_id FOR NO KEY UPDATE;
    SELECT sum(weight) INTO total FROM capital_shares WHERE bot_id = NEW.bot_id;
    IF total > 1 THEN
        RAISE EXCEPTION 'the shares of bot % come to %, more than 1', NEW.bot_id, total
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $fit$;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'capital_shares_fit' AND tgrelid = 'capital_shares'::regclass) THEN
        CREATE CONSTRAINT TRIGGER capital_shares_fit AFTER INSERT OR UPDATE ON capital_shares
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION argosy_shares_fit();
    END IF;
END $$;
"""

_LEVELS = """
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = 'equity_levels'::regclass AND attname = 'capital' AND NOT attisdropped
    ) THEN
        ALTER TABLE equity_levels ADD COLUMN capital numeric;
        UPDATE equity_levels l SET capital = coalesce(
            (SELECT p.capital FROM equity_points p WHERE p.scope = l.scope AND p.mode = l.mode ORDER BY p.at DESC LIMIT 1),
            l.day_start_equity
        );
        ALTER TABLE equity_levels ALTER COLUMN capital SET NOT NULL;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS venue_baselines (
    mode text NOT NULL, bot_id text NOT NULL, venue text NOT NULL, asset text NOT NULL, amount numeric NOT NULL,
    at timestamptz NOT NULL, CONSTRAINT pk_venue_baselines PRIMARY KEY (mode, bot_id, venue, asset)
);
"""

_NOTICES = """
ALTER TABLE notices ADD COLUMN IF NOT EXISTS told integer NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN IF NOT EXISTS position bigint;
ALTER TABLE notices ADD COLUMN IF NOT EXISTS delivered_to text[] NOT NULL DEFAULT '{}';
ALTER TABLE notices ADD COLUMN IF NOT EXISTS folded boolean NOT NULL DEFAULT false;
"""

_DOCUMENTS = """
CREATE TABLE IF NOT EXISTS venue_documents (
    namespace text NOT NULL, key text NOT NULL, version bigint NOT NULL, value json NOT NULL,
    CONSTRAINT pk_venue_documents PRIMARY KEY (namespace, key)
);
"""

_ACTIONS = """
ALTER TABLE actions ADD COLUMN IF NOT EXISTS label text NOT NULL DEFAULT '';
ALTER TABLE actions ADD COLUMN IF NOT EXISTS change_id bigint NOT NULL DEFAULT 0;
"""

# A price without a mode may be of the simulated market: it is dropped, and fed again within seconds.
_MARKS = """
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = 'marks'::regclass AND attname = 'mode' AND NOT attisdropped
    ) THEN
        DELETE FROM marks;
        ALTER TABLE marks DROP CONSTRAINT pk_marks;
        ALTER TABLE marks ADD COLUMN mode text NOT NULL;
        ALTER TABLE marks ADD CONSTRAINT pk_marks PRIMARY KEY (mode, venue, symbol);
    END IF;
END $$;
"""


def upgrade() -> None:
    for script in (_EMERGENCY, _SHARES, _LEVELS, _NOTICES, _DOCUMENTS, _ACTIONS, _MARKS):
        op.execute(script)


def downgrade() -> None:
    """Nothing: what 0003 makes today stays."""
