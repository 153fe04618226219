"""How SQLite spells things."""

from __future__ import annotations

from engine.storage.sql.dialect import Dialect

_ADDED = """INSERT INTO execution_labels (execution_id, key, value)
    SELECT NEW.id, label.key, label.value FROM json_each(NEW.labels) AS label;"""

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
)
