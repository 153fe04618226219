"""Rows of a database, found by a query that a model writes."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._conversation import Conversation
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._output import Source
from copilot.plugins.ai._postgres import connected
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._retriever import ContentRetriever
from engine.errors import TaskFailure
from engine.plugin import RunContext, Text

_URL = re.compile(r"jdbc:postgresql://(?P<host>[^:/?]+)(?::(?P<port>\d+))?/(?P<dbname>[^?]+)")
_FENCED = re.compile(r"```(?:sql)?\s*\n?(.*?)```", re.DOTALL | re.IGNORECASE)
_ROWS = 100
_SECONDS = 60

_COLUMNS = """
    SELECT table_schema, table_name,
           string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)
    FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_INSTRUCTION = (
    "You write PostgreSQL. Answer with one SELECT statement that finds what the user asks for, and nothing "
    "else. The tables are:\n"
)


class SqlDatabaseRetriever(ContentRetriever):
    """Let a model write a query for the question, run it, and send the rows along.

    The query runs in a transaction that may only read, for at most a minute; of the rows the first 100 are
    used. Here for PostgreSQL.
    """

    database_type: Literal["POSTGRESQL", "MYSQL", "H2"]
    """Kind of the database; only POSTGRESQL can be used here."""

    jdbc_url: Text | None = None
    """Address of the database: `jdbc:postgresql://host:port/database`."""

    username: Text
    """The user; give one that may only read."""

    password: Text
    """The password, best kept as a secret."""

    driver: Text | None = None
    """Accepted; the driver is built in."""

    max_pool_size: int = 2
    """Accepted; one connection is used."""

    provider: ModelProvider
    """The model that writes the query."""

    configuration: ChatConfiguration = Field(default_factory=ChatConfiguration)
    """How it answers."""

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Return the query and its rows as one text."""
        if self.database_type != "POSTGRESQL":
            raise TaskFailure(f"contentRetrievers: {self.database_type} cannot be used here; only POSTGRESQL")
        address = _URL.fullmatch((self.jdbc_url or "").partition("?")[0])
        if address is None:
            raise TaskFailure(
                "contentRetrievers: `jdbcUrl` must be like jdbc:postgresql://host:5432/database"
            )
        where = {**address.groupdict(), "port": int(address["port"] or 5432)}
        options = f"-c default_transaction_read_only=on -c statement_timeout={_SECONDS}s"
        with connected(
            ctx,
            "SqlDatabaseRetriever",
            **where,
            user=self.username,
            password=self.password,
            options=options,
        ) as connection:
            tables = connection.execute(_COLUMNS).fetchall()
            connection.commit()
            # A model can take long; no transaction stays open meanwhile.
            statement = self._written(ctx, query, tables)
            cursor = connection.execute(statement)
            if cursor.description is None:
                raise TaskFailure("contentRetrievers: the model's statement gives no rows")
            names = [column.name for column in cursor.description]
            rows = cursor.fetchmany(_ROWS)
        lines = [", ".join(names), *(", ".join(str(value) for value in row) for row in rows)]
        return [Source(content="\n".join(lines), metadata={"sql": statement})]

    def _written(self, ctx: RunContext, query: str, tables: list[tuple[str, str, str]]) -> str:
        """Return the statement the model writes."""
        known = "\n".join(f"{schema}.{table} ({columns})" for schema, table, columns in tables)
        asked = [Message("system", _INSTRUCTION + known), Message("user", query)]
        text = Conversation(ctx, self.provider, self.configuration).hold(asked).reply.text
        fenced = _FENCED.search(text)
        statement = (fenced[1] if fenced else text).strip().rstrip(";").strip()
        if not re.match(r"(?i)(select|with)\b", statement) or ";" in statement:
            raise TaskFailure(
                f"contentRetrievers: the model wrote no single SELECT statement: {statement[:200]!r}"
            )
        ctx.debug(f"The model's query: {statement}")
        return statement
