"""`io.kestra.plugin.dbt.cli.Test`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Test(SingleTask):
    """Runs the selected tests."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "test"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Runs the selected tests",
            """
id: dbt_test
namespace: company.team

tasks:
  - id: test
    type: io.kestra.plugin.dbt.cli.Test
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
