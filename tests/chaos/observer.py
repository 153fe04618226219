"""An observer inside the database: notes every change of state and owner, whoever makes it and however.

It is told by triggers, in the transaction of the change, so that nothing can be changed unseen; it knows
nothing of the engine but two tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.postgres import Database

_INSTALL = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.passages (
    number bigserial PRIMARY KEY, kind text, id text, execution text, former text, state text,
    former_owner text, owner text);
CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
BEGIN
    IF before->>'state' IS DISTINCT FROM after->>'state' OR before->>'owner' IS DISTINCT FROM after->>'owner'
    THEN INSERT INTO chaos.passages (kind, id, execution, former, state, former_owner, owner) VALUES (
        TG_ARGV[0], COALESCE(after->>'id', before->>'id'),
        COALESCE(after->>'execution_id', before->>'execution_id', after->>'id', before->>'id'),
        before->>'state', after->>'state', before->>'owner', after->>'owner');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_notes AFTER INSERT OR UPDATE OR DELETE ON flowsmith.executions
    FOR EACH ROW EXECUTE FUNCTION chaos.note('execution');
CREATE TRIGGER chaos_notes AFTER INSERT OR UPDATE OR DELETE ON flowsmith.task_runs
    FOR EACH ROW EXECUTE FUNCTION chaos.note('task run');
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """One change that was stored. A state is None before the insert and after a deletion."""

    number: int
    kind: str
    id: str
    execution: str
    former: str | None
    state: str | None
    former_owner: str | None
    owner: str | None


def install(database: Database) -> None:
    """Observe the tables of a database, which must be there."""
    database.rows(_INSTALL)


def acknowledged(database: Database, execution_id: str) -> None:
    """Note that somebody was told: this execution is killed."""
    database.rows(
        "INSERT INTO chaos.passages (kind, id, execution) VALUES ('kill', %s, %s)", (execution_id,) * 2
    )


def passages(database: Database) -> list[Passage]:
    """Return everything that was noted, in order."""
    rows = database.rows(
        "SELECT number, kind, id, execution, former, state, former_owner, owner "
        "FROM chaos.passages ORDER BY number"
    )
    return [Passage(*row) for row in rows]
