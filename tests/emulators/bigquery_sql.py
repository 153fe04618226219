"""BigQuery's SQL as DuckDB's, by sqlglot. What would come out wrong is refused, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, UnsupportedError

# Options of external tables, as SQL writes them, to what the REST interface calls them.
_CSV_OPTIONS = {"skip_leading_rows": "skipLeadingRows", "field_delimiter": "fieldDelimiter", "quote": "quote"}
_IGNORED_OPTIONS = {"ignore_unknown_values", "description", "friendly_name", "labels"}
_UNKNOWN = {"FARM_FINGERPRINT", "INFORMATION_SCHEMA"}
_STATEMENTS = (exp.Query, exp.Create, exp.Drop, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Alter)


class Refused(Exception):
    """The service says no. `reason` is BigQuery's word for why, `status` that of the HTTP answer."""

    def __init__(self, message: str, reason: str = "invalidQuery", status: int = 400) -> None:
        super().__init__(message)
        self.reason, self.status = reason, status


TableKey = tuple[str, str, str]
"""Project, dataset, table."""


@dataclass
class External:
    """A table whose rows are in files: its columns (name and DuckDB type), and how to read the files."""

    configuration: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)


@dataclass
class Statement:
    """A statement for DuckDB. `layout` is what a new table has of partitions, clusters and description."""

    sql: str
    kind: str
    reads: list[TableKey]
    target: TableKey | None = None
    replace: bool = False
    if_not_exists: bool = False
    external: External | None = None
    layout: dict[str, Any] = field(default_factory=dict)


def translate(sql: str, project: str, dataset: str | None) -> list[Statement]:
    """Return the statements of a script; raises Refused."""
    try:
        parsed = [tree for tree in sqlglot.parse(sql, read="bigquery") if tree is not None]
    except ParseError as error:
        raise Refused(f"Syntax error: {error}") from error
    if not parsed:
        raise Refused("Syntax error: Unexpected end of script")
    return [_statement(tree, project, dataset) for tree in parsed]


def _statement(tree: exp.Expression, project: str, dataset: str | None) -> Statement:
    _refuse(tree)
    tables = _qualify(tree, project, dataset)
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.BIGDECIMAL:
            raise Refused("the emulator has no BIGNUMERIC")
        if kind.this == exp.DataType.Type.DECIMAL and not kind.expressions:
            kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (38, 9)])
    tree = tree.transform(_day)
    found = Statement("", tree.key.upper(), tables)
    if isinstance(tree, exp.Create):
        _create(tree, found)
    elif isinstance(tree, exp.Drop):
        found.target, found.reads = _key(tree.this), []
        found.kind = f"DROP_{tree.args['kind']}"
        if tree.args["kind"] not in ("TABLE", "VIEW"):
            raise Refused(f"the emulator cannot DROP {tree.args['kind']}")
        tree.set("exists", tree.args.get("exists"))
    try:
        found.sql = tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise Refused(f"the emulator cannot do this: {error}") from error
    return found


def _refuse(tree: exp.Expression) -> None:
    if not isinstance(tree, _STATEMENTS):
        raise Refused(f"the emulator cannot run {tree.key.upper()}: {tree.sql(dialect='bigquery')[:200]}")
    for node in tree.walk():
        if isinstance(node, exp.Command | exp.Declare):
            raise Refused(f"the emulator cannot run {node.sql(dialect='bigquery')[:200]}")
        if isinstance(node, exp.FarmFingerprint) or (
            isinstance(node, exp.Identifier) and node.name.upper().partition(".")[0] in _UNKNOWN
        ):
            raise Refused(f"the emulator has no {node.sql(dialect='bigquery')[:60]}")
        if isinstance(node, exp.Anonymous):
            raise Refused(f"Function not found: {node.name}")
        if isinstance(node, exp.ArrayAgg) and node.find(exp.Limit):
            raise Refused("the emulator has no ARRAY_AGG with LIMIT")
        if isinstance(node, exp.Insert) and isinstance(node.this, exp.Var):
            raise Refused("the emulator has no INSERT ROW; name the columns")
        if isinstance(node, exp.Parameter | exp.Placeholder):
            raise Refused("the emulator has no query parameters")


def _day(node: exp.Expression) -> exp.Expression:
    """Keep a truncated DATE a DATE: DuckDB makes a timestamp of it."""
    if isinstance(node, exp.DateTrunc) and not isinstance(node.parent, exp.Cast):
        return exp.cast(node.copy(), "DATE")
    return node


def _qualify(tree: exp.Expression, project: str, dataset: str | None) -> list[TableKey]:
    """Write the project and dataset before every table that lacks them, and return the tables."""
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        if not table.db:
            if table.name.lower() in named:
                continue
            if dataset is None:
                raise Refused(
                    f'Table "{table.name}" must be qualified with a dataset (e.g. dataset.table).', "invalid"
                )
            table.set("db", exp.to_identifier(dataset, quoted=True))
        if not table.catalog:
            table.set("catalog", exp.to_identifier(project, quoted=True))
        found.append(_key(table))
    return found


def _key(node: exp.Expression) -> TableKey:
    table = node if isinstance(node, exp.Table) else node.find(exp.Table)
    assert table is not None
    return table.catalog, table.db, table.name


def _create(tree: exp.Create, found: Statement) -> None:
    if tree.kind not in ("TABLE", "VIEW"):
        raise Refused(f"the emulator cannot CREATE {tree.kind}")
    found.target = _key(tree.this)
    found.reads = [key for key in found.reads if key != found.target]
    found.replace, found.if_not_exists = bool(tree.args.get("replace")), bool(tree.args.get("exists"))
    found.kind = f"CREATE_{tree.kind}{'_AS_SELECT' if tree.kind == 'TABLE' and tree.expression else ''}"
    properties = tree.args.get("properties")
    items = list(properties.expressions) if properties else []
    tree.set("properties", None)
    for column in tree.find_all(exp.ColumnDef):
        constraints = column.args.get("constraints") or []
        column.set("constraints", [c for c in constraints if not isinstance(c.kind, exp.Properties)])
    if any(isinstance(item, exp.ExternalProperty) for item in items):
        found.kind = "CREATE_EXTERNAL_TABLE"
        found.external = _external(tree, items)
        return
    for item in items:
        _lay_out(item, found.layout)


def _lay_out(item: exp.Expression, layout: dict[str, Any]) -> None:
    if isinstance(item, exp.PartitionedByProperty):
        column = item.this.find(exp.Column)
        if column is not None:
            layout["timePartitioning"] = {"type": "DAY", "field": column.name}
    elif isinstance(item, exp.Cluster | exp.ClusteredByProperty | exp.ClusterProperty):
        layout["clustering"] = {"fields": [column.name for column in item.find_all(exp.Column)]}
    elif isinstance(item, exp.Property) and item.name in ("description", "friendly_name"):
        layout["friendlyName" if item.name == "friendly_name" else "description"] = item.args["value"].name
    elif not (isinstance(item, exp.Property) and item.name in _IGNORED_OPTIONS):
        raise Refused(f"the emulator does not know this of a table: {item.sql(dialect='bigquery')}")


def _external(tree: exp.Create, items: Sequence[exp.Expression]) -> External:
    options: dict[str, Any] = {}
    csv: dict[str, Any] = {}
    for item in items:
        if isinstance(item, exp.ExternalProperty):
            continue
        if isinstance(item, exp.FileFormatProperty):
            options["sourceFormat"] = item.this.name.upper().replace("JSON", "NEWLINE_DELIMITED_JSON")
        elif item.name == "uris":
            options["sourceUris"] = [uri.name for uri in item.args["value"].expressions]
        elif item.name in _CSV_OPTIONS:
            csv[_CSV_OPTIONS[item.name]] = item.args["value"].name
        elif item.name not in _IGNORED_OPTIONS:
            raise Refused(f"the emulator does not know the option {item.name} of external tables")
    if not options.get("sourceUris"):
        raise Refused("External table must have at least one source URI")
    columns = {column.name: column.kind.sql(dialect="duckdb") for column in tree.this.find_all(exp.ColumnDef)}
    return External({"sourceFormat": "CSV", "csvOptions": csv, "autodetect": not columns, **options}, columns)
