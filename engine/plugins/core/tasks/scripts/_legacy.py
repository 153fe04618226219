"""What the script tasks of the oldest flows share: their properties, run as today's script tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PrivateAttr

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import STATIC, Output, Plugin, RunContext, StringMap, Task
from engine.plugins.scripts._files import InputFiles, Patterns, inside
from engine.plugins.scripts._protocol import Messages
from engine.plugins.scripts._script import CommandsOf, ScriptOutput, ScriptTask, Session
from engine.plugins.scripts.python._python import PythonTask


class LegacyOutput(Output):
    """What a script gives to later tasks; also when it failed."""

    exit_code: int
    """The exit code of the process; 0 is success."""
    vars: dict[str, Any] = {}
    """The outputs the script printed as `::{"outputs": {…}}::`."""
    std_out_line_count: int = 0
    """How many lines the script printed."""
    std_err_line_count: int = 0
    """How many lines it printed to the error stream."""
    output_files: dict[str, str] = {}
    """The files that were kept: relative path to address."""
    files: dict[str, str] = {}
    """The same as `outputFiles`."""


class Counted(Messages):
    """Counts the lines it reads."""

    def __init__(self, ctx: RunContext) -> None:
        super().__init__(ctx)
        self.lines = {False: 0, True: 0}

    def line(self, text: str, is_error: bool) -> None:
        """Take one line."""
        self.lines[is_error] += 1
        super().line(text, is_error)


class CountedCommands(CommandsOf):
    """Commands whose lines are counted."""

    abstract: ClassVar[bool] = False
    _counted: Counted = PrivateAttr()

    def messages(self, session: Session) -> Messages:
        """Return what reads the output of the process."""
        self._counted = Counted(session.ctx)
        return self._counted

    def told(self, output: ScriptOutput) -> LegacyOutput:
        """Return the outputs in their old form."""
        lines = self._counted.lines
        return LegacyOutput(
            exit_code=output.exit_code,
            vars=output.vars,
            std_out_line_count=lines[False],
            std_err_line_count=lines[True],
            output_files=output.output_files,
            files=output.output_files,
        )


class CountedPythonCommands(PythonTask, CountedCommands):
    """Commands in a Python environment whose lines are counted."""

    abstract: ClassVar[bool] = False


class LegacyScript(Plugin):
    """The properties of the old script tasks."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = LegacyOutput
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir", "outputDir", "outputFiles", "outputDirs")

    runner: Annotated[Literal["PROCESS", "DOCKER"], STATIC] = "PROCESS"
    """Where the script runs: as a process of this machine, or in a container."""
    docker_options: Annotated[dict[str, Any] | None, STATIC] = None
    """Options of the container, `image` among them; with `runner: DOCKER`."""
    interpreter: str = "/bin/sh"
    """The program that gets all commands as one text."""
    interpreter_args: list[str] = ["-c"]
    """Arguments of the interpreter."""
    exit_on_failed: bool = True
    """Stop at the first command that fails."""
    env: StringMap = {}
    """Environment variables of the process."""
    input_files: InputFiles | None = None
    """Files to write into the working directory: relative path to content or to an address of a file."""
    output_files: Patterns = []
    """Names of files to keep; `{{ outputFiles.name }}` is where to write one."""
    outputs_files: Patterns = []
    """Older spelling of `outputFiles`."""
    files: Patterns = []
    """Older spelling of `outputFiles`."""
    output_dirs: Patterns = []
    """Names of folders of which every file is kept; `{{ outputDirs.name }}` is where they are."""
    warning_on_std_err: bool = True
    """Without effect. Output on the error stream does not change the state."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the places of the working directory, of output files and of output folders."""
        listed = [ctx.render(properties.get(name)) for name in ("outputFiles", "outputsFiles", "files")]
        names = [name for names in listed if isinstance(names, list) for name in names]
        folders = ctx.render(properties.get("outputDirs"))
        return {
            **ScriptTask.variables_for(ctx, {"outputFiles": names}),
            "outputDirs": {
                str(name): str(ctx.work_dir / str(name))
                for name in (folders if isinstance(folders, list) else [])
            },
        }

    def execute(
        self, ctx: RunContext, kind: type[CountedCommands], commands: Sequence[str], **more: Any
    ) -> LegacyOutput:
        """Run commands in one shell; raises TaskFailure with the outputs when they end above 0."""
        for name in self.output_dirs:
            inside(ctx.work_dir, name).mkdir(parents=True, exist_ok=True)
        task = kind(
            commands=list(commands),
            runner=self.runner,
            docker=self.docker_options,
            interpreter=[self.interpreter, *self.interpreter_args],
            fail_fast=self.exit_on_failed,
            env=self.env,
            input_files=self.input_files,
            output_files=[
                *self.output_files,
                *self.outputs_files,
                *self.files,
                *(f"{name.rstrip('/')}/**" for name in self.output_dirs),
            ],
            **more,
        )
        try:
            return task.told(task.run(ctx))
        except TaskFailure as failure:
            if failure.outputs:
                found = task.told(ScriptOutput.model_validate(failure.outputs))
                failure.outputs = found.model_dump(by_alias=True)
            raise

    def needs(self, name: str) -> None:
        """Raise TaskFailure unless `inputFiles` has a file of this name."""
        if name not in (self.input_files or {}):
            raise TaskFailure(f"inputFiles: '{name}' is missing; give the text of the script under this name")


class LegacyTask(LegacyScript, Task):
    """An old script task."""

    abstract: ClassVar[bool] = True
