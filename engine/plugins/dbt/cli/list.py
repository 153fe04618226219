"""`io.kestra.plugin.dbt.cli.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class List(SingleTask):
    """Lists the selected nodes."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "list"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Lists the selected nodes",
            """
id: dbt_list
namespace: company.team

tasks:
  - id: list
    type: io.kestra.plugin.dbt.cli.List
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
