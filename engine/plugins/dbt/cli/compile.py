"""`io.kestra.plugin.dbt.cli.Compile`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Compile(SingleTask):
    """Compiles the selected nodes without running them."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "compile"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Compiles the selected nodes without running them",
            """
id: dbt_compile
namespace: company.team

tasks:
  - id: compile
    type: io.kestra.plugin.dbt.cli.Compile
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
