"""Every rule of every family, in one table."""

from __future__ import annotations

from typing import Final

from copilot.planner.rules.fill import (
    age,
    ai,
    answer,
    archive,
    bucket,
    cloud,
    compute,
    container,
    convert,
    core,
    database,
    duckdb,
    each_row,
    http,
    log,
    message,
    model,
    postgres,
    redis,
    repository,
    script,
    storage,
    tool,
    transfer,
    unsaid,
)
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
    *storage.RULES,
    *bucket.RULES,
    *transfer.RULES,
    *message.RULES,
    *redis.RULES,
    *database.RULES,
    *unsaid.RULES,
    *age.RULES,
    *convert.RULES,
    *each_row.RULES,
    *archive.RULES,
    *repository.RULES,
    *container.RULES,
    *model.RULES,
    *answer.RULES,
    *compute.RULES,
)
