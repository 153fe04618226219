"""`io.kestra.plugin.dbt.cli.Seed`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Seed(SingleTask):
    """Loads the CSV files of the project."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "seed"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Loads the CSV files of the project",
            """
id: dbt_seed
namespace: company.team

tasks:
  - id: seed
    type: io.kestra.plugin.dbt.cli.Seed
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
