"""`io.kestra.plugin.dbt.cli.Freshness`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Freshness(SingleTask):
    """Checks how fresh the sources are."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "source freshness"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Checks how fresh the sources are",
            """
id: dbt_freshness
namespace: company.team

tasks:
  - id: freshness
    type: io.kestra.plugin.dbt.cli.Freshness
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
