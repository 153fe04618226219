"""How PostgreSQL spells things, and what only a database of many writers needs."""

from __future__ import annotations

from engine.storage.sql.dialect import Dialect

SCHEMA = "flowsmith"
"""Where our tables are, so that a database may hold other things as well."""

# JSON text may hold the escape of NUL, which no text of PostgreSQL can; there it stands for itself.
_SYNC_LABELS = r"""CREATE FUNCTION executions_labels_sync() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM execution_labels WHERE execution_id = NEW.id;
        END IF;
        INSERT INTO execution_labels (execution_id, key, value)
            SELECT NEW.id, label.key, label.value
            FROM json_each_text(replace(NEW.labels, '\u0000', '\ufffd')::json) AS label;
        RETURN NULL;
    END $$"""

# An execution that nobody else began has its id as correlation id. That label is in nearly every one and
# says nothing the id does not, so it gets no row; searches look at the id instead (see `sql/labels.py`).
_OWN = """'{"system.correlationId":"' || NEW.id || '"}'"""
_SYNC_LABELS_BUT_OWN = _SYNC_LABELS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "::json) AS label;",
    "::json) AS label\n            WHERE NOT (label.key = 'system.correlationId' AND label.value = NEW.id);",
)

# A hundredth of a large table is a lot already: dead rows are reused soon, and what is only added to is
# frozen bit by bit, not in one go years later. Below some thousand rows the settings of the server do.
_VACUUMED = """autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02"""

POSTGRESQL = Dialect(
    name="postgresql",
    placeholder="%s",
    key='TEXT COLLATE "C"',
    blob="BYTEA",
    big="BIGINT",
    contains='COLLATE "C" ILIKE',
    guard="SELECT pg_advisory_xact_lock(hashtextextended(%s, 7077))",
    # A process that was declared dead has no row here; who declares it dead waits for this transaction.
    fence="SELECT 1 FROM members WHERE id = %s FOR KEY SHARE",
    lock_rows=" FOR UPDATE SKIP LOCKED",
    # Several write at once, so the numbers come from a sequence. They grow within an execution, because one
    # process at a time writes for it.
    log_numbers="SELECT nextval('log_numbers') FROM generate_series(1, %s)",
    label_rows=(
        _SYNC_LABELS,
        """CREATE TRIGGER executions_labels_added AFTER INSERT ON executions
            FOR EACH ROW WHEN (NEW.labels <> '{}') EXECUTE FUNCTION executions_labels_sync()""",
        """CREATE TRIGGER executions_labels_changed AFTER UPDATE OF labels ON executions
            FOR EACH ROW WHEN (NEW.labels <> OLD.labels) EXECUTE FUNCTION executions_labels_sync()""",
        "CREATE SEQUENCE log_numbers",
        # Room for the next version of a row beside the last one: its page is found without its indexes.
        "ALTER TABLE executions SET (fillfactor = 80)",
        "ALTER TABLE task_runs SET (fillfactor = 70)",
        """CREATE TABLE members (
            id TEXT COLLATE "C" PRIMARY KEY,
            role TEXT NOT NULL,
            host TEXT NOT NULL,
            schema_number INTEGER NOT NULL,
            entered TIMESTAMPTZ NOT NULL,
            beat TIMESTAMPTZ NOT NULL
        ) WITH (fillfactor = 50)""",
        """CREATE TABLE calls (
            id TEXT COLLATE "C" PRIMARY KEY,
            member TEXT COLLATE "C" NOT NULL,
            request TEXT NOT NULL,
            answer TEXT,
            asked TIMESTAMPTZ NOT NULL,
            taken BOOLEAN NOT NULL DEFAULT FALSE
        )""",
    ),
    more={
        2: (
            _SYNC_LABELS_BUT_OWN,
            "DROP TRIGGER executions_labels_added ON executions",
            f"""CREATE TRIGGER executions_labels_added AFTER INSERT ON executions FOR EACH ROW
                WHEN (NEW.labels <> '{{}}' AND NEW.labels <> {_OWN})
                EXECUTE FUNCTION executions_labels_sync()""",
            *(f"ALTER TABLE {table} SET ({_VACUUMED})" for table in ("executions", "task_runs", "logs")),
            # Every row of the queue is written three times and gone within a second.
            """ALTER TABLE pgqueuer SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)""",
            "ALTER TABLE members SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)",
        ),
    },
)
