"""`io.kestra.plugin.dbt.cli.Deps`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Deps(SingleTask):
    """Installs the packages of the project."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "deps"
    selects: ClassVar[bool] = False
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Installs the packages of the project",
            """
id: dbt_deps
namespace: company.team

tasks:
  - id: deps
    type: io.kestra.plugin.dbt.cli.Deps
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
