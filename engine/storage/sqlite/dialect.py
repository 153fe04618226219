"""How SQLite spells things."""

from __future__ import annotations

from engine.storage.sql.dialect import Dialect

# An execution that nobody else began has its id as correlation id. That label is in nearly every one and
# says nothing the id does not, so it gets no row; searches look at the id instead (see `sql/labels.py`).
_OWN = """'{"system.correlationId":"' || NEW.id || '"}'"""
_ADDED = """INSERT INTO execution_labels (execution_id, key, value)
    SELECT NEW.id, label.key, label.value FROM json_each(NEW.labels) AS label;"""

_ADDED_BUT_OWN = """INSERT INTO execution_labels (execution_id, key, value)
    SELECT NEW.id, label.key, label.value FROM json_each(NEW.labels) AS label
    WHERE NOT (label.key = 'system.correlationId' AND label.value = NEW.id);"""

SQLITE = Dialect(
    name="sqlite",
    placeholder="?",
    key="TEXT",
    blob="BLOB",
    big="INTEGER",
    contains="LIKE",
    label_rows=(
        f"""CREATE TRIGGER executions_labels_added AFTER INSERT ON executions WHEN NEW.labels <> '{{}}' BEGIN
            {_ADDED}
        END""",
        f"""CREATE TRIGGER executions_labels_changed AFTER UPDATE OF labels ON executions
            WHEN NEW.labels <> OLD.labels BEGIN
            DELETE FROM execution_labels WHERE execution_id = NEW.id;
            {_ADDED}
        END""",
    ),
    more={
        2: (
            "DROP TRIGGER executions_labels_added",
            "DROP TRIGGER executions_labels_changed",
            f"""CREATE TRIGGER executions_labels_added AFTER INSERT ON executions
                WHEN NEW.labels <> '{{}}' AND NEW.labels <> {_OWN} BEGIN
                {_ADDED_BUT_OWN}
            END""",
            f"""CREATE TRIGGER executions_labels_changed AFTER UPDATE OF labels ON executions
                WHEN NEW.labels <> OLD.labels BEGIN
                DELETE FROM execution_labels WHERE execution_id = NEW.id;
                {_ADDED_BUT_OWN}
            END""",
        ),
    },
)
