"""All rules, in the order they are asked: the ones that know most first, the last one always answers."""

from __future__ import annotations

from typing import Final

from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy, Rule
from copilot.skills.fix.rules import expression, http, purpose, script, sql, timing, value

RULES: Final[tuple[Rule, ...]] = (
    purpose.killed,
    purpose.on_purpose,
    timing.timed_out,
    expression.undefined,
    expression.missing_key,
    expression.missing_secret,
    expression.missing_flow,
    expression.no_list,
    http.no_address,
    http.answered,
    http.unreached,
    http.no_database,
    sql.unknown_column,
    sql.unknown_table,
    sql.many_statements,
    sql.bad_syntax,
    sql.no_such_file,
    value.wrong_value,
    value.not_json,
    script.missing_module,
    script.missing_node_module,
    script.missing_program,
    script.memory,
    script.missing_file,
    script.python_meant,
    script.denied,
    script.script_error,
    script.exit_code,
    purpose.missing_extra,
)


def diagnose(failure: Failure) -> list[Remedy]:
    """Return what the rules say, those with a change first; never empty."""
    found = [remedy for rule in RULES if (remedy := rule(failure)) is not None]
    if not found:
        last = purpose.anything(failure)
        found = [last] if last is not None else []
    general = [remedy for remedy in found if remedy.code in ("script-error", "exit-code")]
    specific = [remedy for remedy in found if remedy not in general] or general[:1]
    return sorted(specific, key=lambda remedy: not remedy.operations)
