"""`io.kestra.plugin.dbt.cli.Build`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Build(SingleTask):
    """Runs, tests, seeds and snapshots what is selected."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "build"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Runs, tests, seeds and snapshots what is selected",
            """
id: dbt_build
namespace: company.team

tasks:
  - id: build
    type: io.kestra.plugin.dbt.cli.Build
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
