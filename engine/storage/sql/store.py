"""All ports on one database."""

from __future__ import annotations

from engine.storage.ports import ExecutionStore, FlowStore, KeyValueStore, Members, TriggerStore
from engine.storage.sql.database import Beside, Database
from engine.storage.sql.executions import SqlExecutions
from engine.storage.sql.flows import SqlFlows
from engine.storage.sql.kv import SqlKeyValues
from engine.storage.sql.triggers import SqlTriggers


class SqlStore:
    """A store whose rows are in a database."""

    def __init__(
        self, database: Database, members: Members | None = None, beside: Beside | None = None
    ) -> None:
        self._database = database
        self.members = members
        self.flows: FlowStore = SqlFlows(database)
        self.executions: ExecutionStore = SqlExecutions(database, beside)
        self.kv: KeyValueStore = SqlKeyValues(database)
        self.triggers: TriggerStore = SqlTriggers(database)

    def close(self) -> None:
        """Release every connection."""
        if self.members is not None:
            self.members.close()
        self._database.close()
