"""An operation on rows as a Python script for the standard library."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from copilot.planner.rules.rows.operation import Computed, Filter, Measure, Transform

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

_CELL_HELP = """

def among(row, *names):
    found = [value for name, value in row.items() if name in names]
    if not found:
        raise KeyError(f"none of the columns {', '.join(names)} is there, only {', '.join(row)}")
    return found


def cell(row, *names):
    return among(row, *names)[0]
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
    several = any(re.search(r"\b(?:cell|among)\((?:row|member), ", part) for part in body)
    helps_text = (_NUMBER_HELP if helps else "") + (_CELL_HELP if several else "")
    parts = ["\n".join(f"import {name}" for name in sorted(modules)) + helps_text]
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


def _value(name: str, row: str = "row", *, strict: bool = False) -> str:
    """Write a cell of a row: of the first there is of several columns, or of one that has to be there."""
    if "|" in name:
        return f"cell({row}, {', '.join(json.dumps(one) for one in name.split('|'))})"
    return f"{row}[{json.dumps(name)}]" if strict else f"{row}.get({json.dumps(name)})"


def _key(name: str) -> str:
    return json.dumps(name.partition("|")[0])


def _python_steps(transform: Transform) -> tuple[list[str], bool]:
    steps: list[str] = []
    made = {item.name for item in transform.computed}
    early = [item for item in transform.filters if item.column not in made]
    late = [item for item in transform.filters if item.column in made]
    steps += [f"rows = [row for row in rows if {_python_test(item)}]" for item in early]
    for how in ("upper", "lower"):
        for name in getattr(transform, how):
            place = f"[name for name in {json.dumps(name.split('|'))} if name in row][:1]"
            changed = f"        row[name] = str(row[name] or '').{how}()"
            steps.append(
                f"for row in rows:\n    for name in {place}:\n{changed}"
                if "|" in name
                else f"for row in rows:\n    row[{json.dumps(name)}] = "
                f"str({_value(name, strict=True)} or '').{how}()"
            )
    for name, places in transform.rounded:
        rounded = f"round(number({_value(name, strict=True)}){f', {places}' if places else ''})"
        steps.append(f"for row in rows:\n    row[{_key(name)}] = {rounded}")
    for item in transform.computed:
        steps.append(f"for row in rows:\n    row[{json.dumps(item.name)}] = {_computed(item)}")
    steps += [f"rows = [row for row in rows if {_python_test(item)}]" for item in late]
    if transform.renames:
        names = f"names = {json.dumps(dict(transform.renames))}"
        steps.append(
            f"{names}\nrows = [{{names.get(name, name): cell for name, cell in row.items()}} for row in rows]"
        )
    if transform.measures and not transform.groups and transform.order and transform.limit:
        steps += [_sorted(name, down, ()) for name, down in reversed(transform.order)] + _slice(transform)
        transform = replace(transform, order=(), limit=None, offset=0)
    if transform.measures:
        steps += _python_distinct(transform)
        steps.append(_python_groups(transform))
    order = transform.order
    if not order and transform.groups and transform.measures:
        order = ((transform.measures[0].name, True),)
    for name, down in reversed(order if not transform.measures or transform.groups else ()):
        steps.append(_sorted(name, down, transform.measures))
    if not transform.measures:
        steps += _python_distinct(transform) if not transform.columns or transform.distinct_by else []
    if transform.columns:
        steps.append(_columns(transform))
    if transform.dropped:
        steps.append(
            f"dropped = {json.dumps(list(transform.dropped))}\nrows = [{{name: value for name, "
            f"value in row.items() if name not in dropped}} for row in rows]"
        )
    if not transform.measures and transform.columns and not transform.distinct_by:
        steps += _python_distinct(transform)
    steps += _slice(transform)
    return steps, any("number(" in step for step in steps)


def _sorted(name: str, down: bool, measures: tuple[Measure, ...]) -> str:
    cell = _value(next((m.name for m in measures if name in (m.column, m.name)), name))
    return f"rows.sort(key=lambda row: (number({cell}), str({cell})){', reverse=True' if down else ''})"


def _columns(transform: Transform) -> str:
    if any("|" in name for name in transform.columns):
        cells = ", ".join(f"{_key(name)}: {_value(name)}" for name in transform.columns)
        return f"rows = [{{{cells}}} for row in rows]"
    names = [*transform.columns, *(item.name for item in transform.computed)]
    renamed = dict(transform.renames)
    names = [renamed.get(name, name) for name in dict.fromkeys(names)]
    return (
        f"columns = {json.dumps(names)}\nrows = [{{name: row.get(name) for name in columns}} for row in rows]"
    )


def _slice(transform: Transform) -> list[str]:
    if transform.offset < 0:
        return [f"rows = rows[{transform.offset}:]"]
    if transform.offset and isinstance(transform.limit, int):
        return [f"rows = rows[{transform.offset}:{transform.offset + transform.limit}]"]
    return [f"rows = rows[:{transform.limit}]"] if transform.limit is not None else []


def _python_distinct(transform: Transform) -> list[str]:
    if transform.distinct_by:
        key = ", ".join(_value(name) for name in transform.distinct_by)
        return [f"rows = list({{({key},): row for row in reversed(rows)}}.values())[::-1]"]
    if transform.distinct:
        return ["rows = list({json.dumps(row, sort_keys=True): row for row in rows}.values())"]
    return []


def _computed(item: Computed) -> str:
    right = item.right
    if isinstance(right, str) and right.startswith("'"):
        sign = "==" if item.operator == "=" else item.operator
        return f"str({_value(str(item.left))}) {sign} {json.dumps(right.strip(chr(39)), ensure_ascii=False)}"
    return f"{_side(item.left)} {'==' if item.operator == '=' else item.operator} {_side(right)}"


def _side(side: str | float) -> str:
    return f"{side:g}" if isinstance(side, float) else f"number({_value(side)})"


def _python_test(item: Filter, row: str = "row") -> str:
    # a guessed column that is not there must fail
    cell = _value(item.column, row, strict=item.guessed)
    if item.operator in ("true", "false"):
        inverse = "not " if item.operator == "false" else ""
        return f'str({cell}).lower() {inverse}in ("true", "1", "yes", "t", "y")'
    texts = list(item.among) or [str(item.value)]
    if "|" in item.column and item.operator in ("=", "!=", "in", "out") and not isinstance(item.value, float):
        names = ", ".join(json.dumps(one) for one in item.column.split("|"))
        test = (
            f"any(str(value) in {json.dumps(texts, ensure_ascii=False)} for value in among({row}, {names}))"
        )
        return f"not {test}" if item.operator in ("!=", "out") else test
    if item.operator in ("in", "out"):
        return f"str({cell}) {'not ' if item.operator == 'out' else ''}in {json.dumps(list(item.among))}"
    if item.among:
        negated = item.operator.startswith("un")
        plain = "starts" if "starts" in item.operator else "like"
        tests = [_python_test(replace(item, operator=plain, value=one, among=()), row) for one in item.among]
        return f"{'not ' if negated else ''}({' or '.join(tests)})"
    if isinstance(item.value, float):
        return f"number({cell}) {'==' if item.operator == '=' else item.operator} {item.value:g}"
    if item.operator in ("present", "absent"):
        return f'{cell} {"not " if item.operator == "present" else ""}in (None, "")'
    text = json.dumps(item.value, ensure_ascii=False)
    if item.operator in ("like", "unlike"):
        return f"{text} {'not ' if item.operator == 'unlike' else ''}in str({cell})"
    if item.operator in ("starts", "unstarts"):
        return f"{'not ' if item.operator == 'unstarts' else ''}str({cell}).startswith({text})"
    if item.operator in (">", "<", ">=", "<="):
        return f"number({cell}) {item.operator} number({text})"
    return f"str({cell}) {'==' if item.operator == '=' else item.operator} {text}"


_CALLS = {
    "sum": "sum(numbers)",
    "avg": "sum(numbers) / len(numbers)",
    "median": "statistics.median(numbers)",
    "min": "min(numbers)",
    "max": "max(numbers)",
}


def _python_groups(transform: Transform) -> str:
    lines = ["groups = {}"]
    key = ", ".join(_value(name) for name in transform.groups)
    lines += ["for row in rows:", f"    groups.setdefault(({key}{',' if key else ''}), []).append(row)"]
    lines += ["if not groups:", "    groups[()] = []"] if not transform.groups else []
    lines += ["rows = []", "for key, members in groups.items():"]
    names = [name.partition("|")[0] for name in transform.groups]
    lines.append(f"    row = dict(zip({json.dumps(names)}, key))")
    for measure in transform.measures:
        lines += _python_measure(measure)
    lines.append("    rows.append(row)")
    if transform.repeated:
        lines.append('rows = [row for row in rows if row["count"] > 1]')
    return "\n".join(lines)


def _python_measure(measure: Measure) -> list[str]:
    if measure.share is not None:
        test = _python_test(measure.share, "member")
        return [
            f"    kept = [member for member in members if {test}]",
            f'    row["{measure.name}"] = 100 * len(kept) / len(members) if members else None',
        ]
    if measure.column == "*":
        return ['    row["count"] = len(members)']
    return [
        f"    cells = [number({_value(measure.column, 'member')}) for member in members]",
        '    numbers = [cell for cell in cells if cell > float("-inf")]',
        f"    row[{json.dumps(measure.name)}] = {_CALLS[measure.function]} if numbers else None",
    ]
