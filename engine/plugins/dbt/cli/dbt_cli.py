"""`io.kestra.plugin.dbt.cli.DbtCLI`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict

from engine.errors import TaskFailure
from engine.model.json import dumps, loads
from engine.plugin import STATIC, Example
from engine.plugins.core.kv._entry import namespace_of
from engine.plugins.dbt._dbt import DbtTask
from engine.plugins.dbt._result import MANIFEST
from engine.plugins.scripts._script import CommandsOf, Session


class ManifestEntry(BaseModel):
    """An entry of the key-value store that holds a manifest."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    key: str
    """Name of the entry."""
    namespace: str
    """Its namespace."""


class DbtCLI(DbtTask, CommandsOf):
    """Runs dbt commands; its log becomes the task's log, its results become output files and metrics.

    Where dbt warned, the task ends in WARNING. Without a Docker daemon dbt and its adapter are installed
    into an isolated environment.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Clone a project and build it with DuckDB",
            """
id: dbt_duckdb
namespace: company.team

tasks:
  - id: project
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - id: clone
        type: io.kestra.plugin.git.Clone
        url: https://github.com/kestra-io/dbt-example
        branch: main

      - id: build
        type: io.kestra.plugin.dbt.cli.DbtCLI
        containerImage: ghcr.io/kestra-io/dbt-duckdb:latest
        commands:
          - dbt deps
          - dbt build
        profiles: |
          my_dbt_project:
            target: dev
            outputs:
              dev:
                type: duckdb
                path: ":memory:"
""",
        ),
        Example(
            "Build only what changed since the last run, from namespace files",
            """
id: dbt_changed
namespace: company.team

tasks:
  - id: build
    type: io.kestra.plugin.dbt.cli.DbtCLI
    containerImage: ghcr.io/kestra-io/dbt-postgres:latest
    namespaceFiles:
      enabled: true
    projectDir: shop
    loadManifest:
      key: manifest.json
      namespace: company.team
    storeManifest:
      key: manifest.json
      namespace: company.team
    commands:
      - dbt build --select state:modified+ --state shop/target
    profiles: |
      shop:
        target: prod
        outputs:
          prod:
            type: postgres
            host: localhost
            port: 5432
            user: shop
            password: "{{ secret('SHOP_PASSWORD') }}"
            dbname: shop
            schema: public
            threads: 4
""",
        ),
    )

    store_manifest: Annotated[ManifestEntry | None, STATIC] = None
    """Keep the manifest of this run in the key-value store."""
    load_manifest: Annotated[ManifestEntry | None, STATIC] = None
    """Write a manifest of the key-value store to `target/manifest.json` before the commands run, for
    `--state target`; nothing happens while there is none."""

    def commands_of(self, session: Session) -> Sequence[str]:
        """Return the commands with dbt's options added."""
        self._load(session)
        return [self.completed(command) for command in super().commands_of(session)]

    def _collected(self, session: Session) -> dict[str, str]:
        found = super()._collected(session)
        self._store(session)
        return found

    def _load(self, session: Session) -> None:
        if self.load_manifest is None:
            return
        ctx = session.ctx
        namespace, key = (
            str(ctx.render(text)) for text in (self.load_manifest.namespace, self.load_manifest.key)
        )
        entry = ctx.world.store.kv.get(namespace_of(ctx, namespace), key)
        if entry is None:
            ctx.info(f"There is no manifest '{key}' in {namespace} yet")
            return
        value = entry.value
        place = self.target(session) / MANIFEST
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(value.encode() if isinstance(value, str) else dumps(value))

    def _store(self, session: Session) -> None:
        place = self.target(session) / MANIFEST
        if self.store_manifest is None or not place.is_file():
            return
        ctx = session.ctx
        namespace, key = (
            str(ctx.render(text)) for text in (self.store_manifest.namespace, self.store_manifest.key)
        )
        try:
            value = loads(place.read_bytes())
        except ValueError as error:
            raise TaskFailure(f"{MANIFEST} cannot be read: {error}") from error
        ctx.world.store.kv.put(namespace_of(ctx, namespace), key, value, "JSON", ctx.clock())
