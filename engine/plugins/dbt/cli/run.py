"""`io.kestra.plugin.dbt.cli.Run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Run(SingleTask):
    """Runs the selected models."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "run"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Runs the selected models",
            """
id: dbt_run
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.dbt.cli.Run
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
