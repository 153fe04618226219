"""A transform of rows as a Python script for the standard library."""

from __future__ import annotations

import json
from dataclasses import replace

from copilot.planner.rules.row_filter import Filter
from copilot.planner.rules.transform import Transform

# --- Python ------------------------------------------------------------------------------------------------

_READERS = {
    "json": """with open({source}) as file:
    data = json.load(file)
if isinstance(data, dict):  # the rows of an answer like {"products": [...], "total": 30}
    data = next((value for value in data.values() if isinstance(value, list)), [data])
rows = [row if isinstance(row, dict) else {"value": row} for row in data]""",
    "jsonl": """with open({source}) as file:
    rows = [json.loads(line) for line in file if line.strip()]""",
    "csv": """with open({source}, newline="") as file:
    rows = list(csv.DictReader(file))""",
    "csv.gz": """with gzip.open({source}, "rt", newline="") as file:
    rows = list(csv.DictReader(file))""",
}
_NUMBER_HELP = """

def number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("-inf")
"""


# The `::…::` line is how a script hands values on: the number becomes `outputs.<task>.vars.rows`.
_COUNTED = """print(f"{len(rows)} rows written")
print("::" + json.dumps(dict(outputs=dict(rows=len(rows)))) + "::")"""


def to_python(
    transform: Transform, source: str, source_format: str, target: str, *, shown: bool = False
) -> str:
    """Write a script for the standard library: reads rows, transforms them, writes them as JSON or CSV.

    With `shown`, what comes out is printed as well: the value alone where there is but one.
    """
    body, helps = _python_steps(transform)
    reader = _READERS[source_format].replace("{source}", json.dumps(source))
    writer = _writer(target)
    modules = [
        "json",
        *(["csv"] if "csv" in reader + writer else []),
        *(["gzip"] if "gzip" in reader else []),
        *(["statistics"] if any("statistics." in part for part in body) else []),
    ]
    parts = ["\n".join(f"import {name}" for name in sorted(modules)) + (_NUMBER_HELP if helps else "")]
    show = ["for row in rows:\n    print(*row.values())"] if shown else []
    parts += [reader, *body, writer, *show, _COUNTED]
    return (
        "\n\n".join(part.strip("\n") if number else part.rstrip("\n") for number, part in enumerate(parts))
        + "\n"
    )


def merge_python(names: list[str], target: str) -> str:
    """Write a script that puts the rows of several files of one format into one file."""
    format_ = target.rpartition(".")[2]
    reader = _READERS[format_].replace("{source}", "name").replace("rows = ", "found = ")
    indented = "\n".join(f"    {line}" if line else "" for line in reader.splitlines())
    modules = "import csv\nimport json" if format_ == "csv" else "import json"
    loop = f"rows = []\nfor name in {json.dumps(names)}:\n{indented}\n    rows += found"
    return "\n\n".join([modules, loop, _writer(target), _COUNTED.replace("json.dumps", "str")]) + "\n"


def _writer(target: str) -> str:
    if target.endswith(".csv"):
        return f"""columns = list(dict.fromkeys(name for row in rows for name in row))
with open({json.dumps(target)}, "w", newline="") as file:
    writer = csv.DictWriter(file, fieldnames=columns)
    writer.writeheader()
    writer.writerows(rows)"""
    return f"""with open({json.dumps(target)}, "w") as file:
    json.dump(rows, file, indent=2)"""


def _python_steps(transform: Transform) -> tuple[list[str], bool]:
    steps: list[str] = []
    numeric = False
    for condition in transform.filters:
        test, needs = _python_test(condition)
        numeric = numeric or needs
        steps.append(f"rows = [row for row in rows if {test}]")
    for how in ("upper", "lower"):
        for name in getattr(transform, how):
            cell = f"str(row.get({json.dumps(name)}, '')).{how}()"
            steps.append(f"for row in rows:\n    row[{json.dumps(name)}] = {cell}")
    for item in transform.computed:
        numeric = True
        value = f"{_side(item.left)} {item.operator} {_side(item.right)}"
        steps.append(f"for row in rows:\n    row[{json.dumps(item.name)}] = {value}")
    if transform.renames:
        names = f"names = {json.dumps(dict(transform.renames))}"
        steps.append(
            f"{names}\nrows = [{{names.get(name, name): cell for name, cell in row.items()}} for row in rows]"
        )
    if transform.measures:
        steps += _python_distinct(transform)
        steps.append(_python_groups(transform))
        numeric = numeric or any(measure.column != "*" for measure in transform.measures)
    for name, down in transform.order:
        measured = next((m.name for m in transform.measures if m.column == name), name)
        numeric = True
        steps.append(
            f"rows.sort(key=lambda row: (number(row.get({json.dumps(measured)})), "
            f"str(row.get({json.dumps(measured)}))){', reverse=True' if down else ''})"
        )
    if transform.columns and not transform.measures:
        steps.append(
            f"columns = {json.dumps(list(transform.columns))}\nrows = [{{name: row.get(name) for "
            f"name in columns}} for row in rows]"
        )
    if transform.dropped:
        steps.append(
            f"dropped = {json.dumps(list(transform.dropped))}\nrows = [{{name: value for name, "
            f"value in row.items() if name not in dropped}} for row in rows]"
        )
    if not transform.measures:
        steps += _python_distinct(transform)
    if transform.limit is not None:
        steps.append(f"rows = rows[:{transform.limit}]")
    return steps, numeric


def _python_distinct(transform: Transform) -> list[str]:
    if transform.distinct_by:
        key = ", ".join(f"row.get({json.dumps(name)})" for name in transform.distinct_by)
        return [f"rows = list({{({key},): row for row in reversed(rows)}}.values())[::-1]"]
    if transform.distinct:
        return ["rows = list({json.dumps(row, sort_keys=True): row for row in rows}.values())"]
    return []


def _side(side: str | float) -> str:
    return f"{side:g}" if isinstance(side, float) else f"number(row.get({json.dumps(side)}))"


def _python_test(item: Filter) -> tuple[str, bool]:
    name = json.dumps(item.column)
    cell = (
        f"row[{name}]" if item.guessed else f"row.get({name})"
    )  # a guessed column that is not there must fail
    if item.operator in ("in", "out"):
        return (
            f"str({cell}) {'not ' if item.operator == 'out' else ''}in {json.dumps(list(item.among))}",
            False,
        )
    if item.among:
        negated = item.operator.startswith("un")
        plain = "starts" if "starts" in item.operator else "like"
        tests = [_python_test(replace(item, operator=plain, value=one, among=()))[0] for one in item.among]
        return f"{'not ' if negated else ''}({' or '.join(tests)})", False
    if isinstance(item.value, float):
        return f"number({cell}) {'==' if item.operator == '=' else item.operator} {item.value:g}", True
    if item.operator in ("present", "absent"):
        return f'{cell} {"not " if item.operator == "present" else ""}in (None, "")', False
    text = json.dumps(item.value, ensure_ascii=False)
    if item.operator in ("like", "unlike"):
        return f"{text} {'not ' if item.operator == 'unlike' else ''}in str({cell})", False
    if item.operator in ("starts", "unstarts"):
        return f"{'not ' if item.operator == 'unstarts' else ''}str({cell}).startswith({text})", False
    if item.operator in (">", "<", ">=", "<="):
        return f"number({cell}) {item.operator} number({text})", True
    return f"str({cell}) {'==' if item.operator == '=' else item.operator} {text}", False


def _python_groups(transform: Transform) -> str:
    calls = {
        "sum": "sum(numbers)",
        "avg": "sum(numbers) / len(numbers)",
        "median": "statistics.median(numbers)",
        "min": "min(numbers)",
        "max": "max(numbers)",
    }
    lines = ["groups = {}"]
    key = ", ".join(f"row.get({json.dumps(name)})" for name in transform.groups)
    lines += ["for row in rows:", f"    groups.setdefault(({key}{',' if key else ''}), []).append(row)"]
    lines += ["if not groups:", "    groups[()] = []"] if not transform.groups else []
    lines += ["rows = []", "for key, members in groups.items():"]
    lines.append(f"    row = dict(zip({json.dumps(list(transform.groups))}, key))")
    for measure in transform.measures:
        if measure.column == "*":
            lines.append('    row["count"] = len(members)')
            continue
        lines.append(f"    cells = [number(member.get({json.dumps(measure.column)})) for member in members]")
        lines.append('    numbers = [cell for cell in cells if cell > float("-inf")]')
        lines.append(f"    row[{json.dumps(measure.name)}] = {calls[measure.function]} if numbers else None")
    lines.append("    rows.append(row)")
    if transform.repeated:
        lines.append('rows = [row for row in rows if row["count"] > 1]')
    return "\n".join(lines)
