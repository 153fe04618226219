"""Run tasks in one shared folder."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine.model import uri as uris
from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import STATIC, Closing, Duration, Example, FlowableTask, Output
from engine.plugins.scripts._files import (
    InputFiles,
    NamespaceFiles,
    Patterns,
    collect,
    inside,
    write_inputs,
    write_namespace_files,
)
from engine.plugins.scripts._glob import path_pattern

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Cache(BaseModel):
    """Files kept from one execution of the flow to the next."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    patterns: list[str]
    """Patterns of the files to keep."""
    ttl: Duration | None = None
    """How long they are used, counted from when they were kept; without it, for ever."""


class WorkingDirectoryOutput(Output):
    """Files of the folder."""

    output_files: dict[str, str] = Field(default_factory=dict)
    """Path in the folder to stored file, for everything `outputFiles` matched."""


def _only_runnable(tasks: list[TaskSpec]) -> list[TaskSpec]:
    if not tasks:
        raise ValueError("The 'tasks' property cannot be empty")
    inner = next((task.id for task in tasks if any(True for _ in task.children())), None)
    if inner is not None:
        raise ValueError(
            f"Only runnable tasks are allowed as children of a WorkingDirectory task; '{inner}' runs tasks"
        )
    return tasks


class WorkingDirectory(FlowableTask):
    """Run tasks one after the other in one shared folder.

    Files written by one task are found by the next under the same relative name. The folder is removed at
    the end; `outputFiles` says what is stored before. With `cache`, files such as downloaded dependencies
    come back at the next execution.

    Fails when a task fails; later tasks do not run then.
    """

    gives: ClassVar[type[Output]] = WorkingDirectoryOutput
    closes: ClassVar[bool] = True
    shares_folder: ClassVar[bool] = True
    light: ClassVar[bool] = False
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "One task writes a file, the next reads it",
            """\
id: shared-folder
namespace: company.team
tasks:
  - id: folder
    type: io.kestra.plugin.core.flow.WorkingDirectory
    inputFiles:
      numbers.txt: "1 2 3"
    outputFiles: ["*.out"]
    tasks:
      - id: count
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - wc -w < numbers.txt > count.out
      - id: show
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - cat count.out
""",
            runnable=True,
        ),
    )

    tasks: Annotated[list[TaskSpec], AfterValidator(_only_runnable)]
    """The tasks to run, in order; none of them may run tasks itself."""
    input_files: InputFiles | None = None
    """Files to write first: relative path to content, or to the address of a stored file."""
    output_files: Patterns | None = None
    """Patterns of the files to store at the end."""
    namespace_files: Annotated[NamespaceFiles | None, STATIC] = None
    """Which files of namespaces to copy into the folder first."""
    cache: Annotated[Cache | None, STATIC] = None
    """Files to keep for the next execution."""

    def branches(self, ctx: RunContext) -> Branches:
        """Fill the folder, then run the tasks in order."""
        folder = ctx.work_dir
        if self.cache is not None:
            _restore(ctx, self.cache, folder)
        write_namespace_files(ctx, self.namespace_files, folder)
        write_inputs(ctx, self.input_files, folder)
        return Branches.sequence(self.tasks)

    def close(self, ctx: RunContext, closing: Closing) -> Output:
        """Store the files asked for, and those to keep."""
        folder = ctx.work_dir
        if self.cache is not None:
            _keep(ctx, self.cache, folder)
        found = collect(ctx, self.output_files or [], folder, frozenset())
        return WorkingDirectoryOutput(output_files=found)


def _cache_path(ctx: RunContext) -> str:
    at = ctx.where
    name = uris.slugify(at.task_id)
    if at.value is not None:
        name += "/" + hashlib.sha256(at.value.encode()).hexdigest()[:16]
    return f"{uris.flow_prefix(at.namespace, at.flow_id)}/{name}/cache/cache.zip"


def _restore(ctx: RunContext, cache: Cache, folder: Path) -> None:
    path = _cache_path(ctx)
    if not ctx.world.files.exists(path):
        return
    age = ctx.clock() - ctx.world.files.info(path).modified
    if cache.ttl is not None and age > max(cache.ttl, timedelta(0)):
        ctx.debug("The kept files are too old and are not used")
        return
    with zipfile.ZipFile(io.BytesIO(ctx.world.files.read(path))) as archive:
        for name in archive.namelist():
            target = inside(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))


def _keep(ctx: RunContext, cache: Cache, folder: Path) -> None:
    patterns = [path_pattern(pattern) for pattern in cache.patterns]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder).as_posix()
            if path.is_file() and any(pattern.fullmatch(relative) for pattern in patterns):
                archive.write(path, relative)
    ctx.world.files.put(_cache_path(ctx), buffer.getvalue())
