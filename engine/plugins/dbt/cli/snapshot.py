"""`io.kestra.plugin.dbt.cli.Snapshot`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.dbt._single import SingleTask


class Snapshot(SingleTask):
    """Takes the selected snapshots."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.dbt.cli.DbtCLI"
    command: ClassVar[str] = "snapshot"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Takes the selected snapshots",
            """
id: dbt_snapshot
namespace: company.team

tasks:
  - id: snapshot
    type: io.kestra.plugin.dbt.cli.Snapshot
    containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
""",
        ),
    )
