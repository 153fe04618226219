"""Every rule of every family, in one table."""

from __future__ import annotations

from typing import Final

from copilot.planner.rules.fill import ai, cloud, core, duckdb, http, log, postgres, script, tool
from copilot.planner.rules.fill.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *http.RULES,
    *log.RULES,
    *core.RULES,
    *script.RULES,
    *duckdb.RULES,
    *postgres.RULES,
    *cloud.RULES,
    *ai.RULES,
    *tool.RULES,
)
