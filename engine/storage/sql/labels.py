"""Conditions on the labels of executions.

A row of `execution_labels` for each label, except for the correlation id of an execution that began by
itself: that is its own id, in nearly every execution, and would be a sixth of the rows of a small one.
"""

from __future__ import annotations

from engine.model.label import CORRELATION_ID
from engine.storage.sql.where import Where, pattern

_OWN = f"""labels LIKE '%"{CORRELATION_ID}":"' || id || '"%'"""
_LABELLED = "id IN (SELECT execution_id FROM execution_labels WHERE key = ? AND value = ?)"
_CORRELATED = f"""id IN (SELECT execution_id FROM execution_labels WHERE key = ? AND value = ?
    UNION ALL SELECT id FROM executions WHERE id = ? AND {_OWN})"""
_LABELLED_MANY = """EXISTS (SELECT 1 FROM execution_labels
    WHERE execution_id = executions.id AND key = ? AND value = ?)"""
"""For labels that many executions have: looked up one by one along the sort order, until a page is full."""

_TEXT = rf"""(id {{like}} ? ESCAPE '\' OR namespace {{like}} ? ESCAPE '\' OR flow_id {{like}} ? ESCAPE '\'
    OR id IN (SELECT execution_id FROM execution_labels WHERE key || ':' || value {{like}} ? ESCAPE '\')
    OR ('{CORRELATION_ID}:' || id {{like}} ? ESCAPE '\' AND {_OWN}))"""


def labelled(where: Where, key: str, value: str, *, many: bool = False) -> None:
    """Add: the execution has a label. With `many`, most executions have it."""
    if key == CORRELATION_ID:
        where.add(_CORRELATED, key, value, value)
    else:
        where.add(_LABELLED_MANY if many else _LABELLED, key, value)


def texts(where: Where, text: str, like: str) -> None:
    """Add: the id, the namespace, the flow or a label holds a text; `like` is the database's operator."""
    where.add(_TEXT.replace("{like}", like), *[pattern(text)] * 5)
