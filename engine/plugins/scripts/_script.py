"""What all script tasks share: properties, one shell for everything, outputs."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import STATIC, Output, RunContext, StringMap, Task
from engine.plugin.runner import Command, TaskRunner
from engine.plugins.core.runner.process import Process
from engine.plugins.scripts._environment import Wanted, environment, local_python, variables
from engine.plugins.scripts._files import (
    OWN_FOLDER,
    InputFiles,
    Localizer,
    NamespaceFiles,
    Patterns,
    collect,
    collect_all,
    write_inputs,
    write_namespace_files,
)
from engine.plugins.scripts._glob import is_plain
from engine.plugins.scripts._pip import installs_in
from engine.plugins.scripts._protocol import Messages
from engine.plugins.scripts.runner.docker.docker import Docker


class ScriptOutput(Output):
    """What a script gives to later tasks; also when it failed."""

    exit_code: int
    """The exit code of the process; 0 is success."""
    vars: dict[str, Any] = {}
    """The outputs the script printed as `::{"outputs": {…}}::`."""
    output_files: dict[str, str] = {}
    """The files that matched `outputFiles`: relative path to address."""
    task_runner: dict[str, Any] | None = None
    """Details of the run, such as the id of the container."""


@dataclass(slots=True)
class Session:
    """One run of a script: its texts after addresses were replaced, its environment, its own files."""

    ctx: RunContext
    folder: Path
    runner: TaskRunner
    localizer: Localizer
    env: dict[str, str]
    own: set[Path]
    path: str | None = None
    """The PATH the author sets."""


class ScriptTask(Task):
    """A task that runs a program and reads its output."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = ScriptOutput
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir", "outputDir", "outputFiles")
    image: ClassVar[str] = "ubuntu"
    """The image when `containerImage` is left out."""
    program: ClassVar[tuple[str, ...]] = ()
    """The command that runs a script file; empty when the text goes to the shell itself."""
    usual_env: ClassVar[Mapping[str, str]] = {}
    """Environment variables unless the author sets them."""
    cure: ClassVar[str] = "install it in `beforeCommands`, for example with `pip install`"
    """What to do about a missing Python module."""

    task_runner: TaskRunner = Field(default_factory=Docker)
    """Where the process runs; Docker unless said otherwise. When no Docker daemon answers, the script runs
    as a process of this machine, Python in an isolated environment."""
    container_image: str | None = None
    """The image of the container; only container runners use it."""
    before_commands: list[str] = []
    """Commands to run first, in the same shell."""
    interpreter: list[str] = ["/bin/sh", "-c"]
    """The program, with arguments, that gets all commands as one text."""
    fail_fast: bool = True
    """Stop at the first command that fails."""
    env: StringMap = {}
    """Environment variables of the process."""
    input_files: InputFiles | None = None
    """Files to write into the working directory: relative path to content or to an address of a file."""
    output_files: Patterns = []
    """Patterns of files to keep when the process has ended, relative to the working directory."""
    namespace_files: Annotated[NamespaceFiles | None, STATIC] = None
    """Copies files of the namespace into the working directory."""
    target_os: Annotated[Literal["AUTO", "LINUX", "WINDOWS"], Field(alias="targetOS")] = "AUTO"
    """The system the commands are written for."""
    warning_on_std_err: bool = True
    """Without effect; kept for older flows. Output on the error stream does not change the state."""
    output_directory: bool = False
    """Without effect; kept for older flows. `{{ outputDir }}` can always be used."""
    runner: Annotated[Literal["PROCESS", "DOCKER"] | None, STATIC] = None
    """Older way to choose the task runner; wins over `taskRunner`."""
    docker: Annotated[dict[str, Any] | None, STATIC] = None
    """Older way to set options of the Docker runner."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the places of the working directory, the output directory and plain output files."""
        names = _plain_names(ctx.render(properties.get("outputFiles")))
        return {
            "workingDir": str(ctx.work_dir),
            "outputDir": str(_output_dir(ctx)),
            "outputFiles": {name: str(ctx.work_dir / name) for name in names},
        }

    def commands_of(self, session: Session) -> Sequence[str]:
        """Return the commands to run, after writing what they need."""
        raise NotImplementedError

    def texts(self) -> Sequence[str]:
        """Return everything the author wrote as code."""
        raise NotImplementedError

    def run(self, ctx: RunContext) -> ScriptOutput:
        """Run everything in one process; raises TaskFailure with the outputs when it ends above 0."""
        runner, image = self._runner(self.container_image or self.image)
        runner = runner.effective(ctx, image)
        folder = ctx.work_dir
        own_folder = folder / OWN_FOLDER / ctx.where.task_run_id
        session = Session(ctx, folder, runner, Localizer(ctx, own_folder), {}, set())
        session.path = self.env.get("PATH")
        _output_dir(ctx).mkdir(parents=True, exist_ok=True)
        try:
            write_namespace_files(ctx, self.namespace_files, folder)
            write_inputs(ctx, self.input_files, folder)
            with self._prepared(session, image):
                return self._execute(session, image)
        finally:
            for path in session.own:
                path.unlink(missing_ok=True)
            shutil.rmtree(own_folder, ignore_errors=True)
            shutil.rmtree(_output_dir(ctx), ignore_errors=True)

    def _execute(self, session: Session, image: str) -> ScriptOutput:
        ctx = session.ctx
        before = [session.localizer.text(line) for line in self.before_commands]
        lines = [*self._first_line(), *before, *self.commands_of(session)]
        messages = self.messages(session)
        places = {"WORKING_DIR": str(session.folder), "OUTPUT_DIR": str(_output_dir(ctx))}
        env = {**places, **self.usual_env, **self.env, **session.env}
        argv = [*self.interpreter, "\n".join(lines)]
        ran = session.runner.run(ctx, Command(argv, session.folder, messages.line, env, image))
        output = ScriptOutput(
            exit_code=ran.exit_code,
            vars=messages.vars,
            output_files=self._collected(session),
            task_runner=dict(ran.details) if ran.details else None,
        )
        if ran.exit_code != 0:
            problem = f"Command failed with exit code {ran.exit_code}{self._hint(messages)}"
            raise TaskFailure(problem, outputs=output.model_dump(by_alias=True))
        self.ended(session, messages)
        return output

    def messages(self, session: Session) -> Messages:
        """Return what reads the output of the process."""
        return Messages(session.ctx)

    def ended(self, session: Session, messages: Messages) -> None:
        """Do what is left when the process has ended well."""

    def _first_line(self) -> list[str]:
        if not self.fail_fast:
            return []
        if self._shell() in ("pwsh", "powershell"):
            return ['$ErrorActionPreference = "Stop"']
        return ["set -e"] if self._is_shell() else []

    def _shell(self) -> str:
        return Path(self.interpreter[0]).name if self.interpreter else ""

    def _is_shell(self) -> bool:
        name = self._shell()
        return name.endswith("sh") and name != "pwsh"

    def _hint(self, messages: Messages) -> str:
        if messages.missing_module:
            return f": the module '{messages.missing_module}' is not installed; {self.cure}"
        return ""

    def _collected(self, session: Session) -> dict[str, str]:
        ctx = session.ctx
        found = collect(ctx, self.output_files, session.folder, frozenset(session.own))
        return {**found, **collect_all(ctx, _output_dir(ctx))}

    # -- the runner and what the process finds on this machine

    def _runner(self, image: str) -> tuple[TaskRunner, str]:
        options = dict(self.docker or {})
        image = str(options.pop("image", None) or image)
        if self.runner == "PROCESS":
            return Process(), image
        if self.runner == "DOCKER" or (options and isinstance(self.task_runner, Docker)):
            return Docker.from_options(options), image
        return self.task_runner, image

    @contextmanager
    def _prepared(self, session: Session, image: str) -> Iterator[None]:
        """Activate a Python environment where the process needs one on this machine."""
        with ExitStack() as stack:
            if not session.runner.container:
                wanted = self.wanted(session, image)
                if wanted is not None:
                    place = stack.enter_context(environment(session.ctx, wanted))
                    path = session.runner.base_env().get("PATH", "/usr/local/bin:/usr/bin:/bin")
                    session.env.update(variables(place, self.env.get("PATH", path)))
            yield

    def wanted(self, session: Session, image: str) -> Wanted | None:
        """Return the Python environment the process needs here; None when it needs none."""
        installs = installs_in([*self.before_commands, *self.texts()])
        if installs or not isinstance(session.runner, Process):
            return Wanted(local_python(), installs=installs)
        return None


class ScriptOf(ScriptTask):
    """A task that runs a script of a language."""

    abstract: ClassVar[bool] = True
    suffix: ClassVar[str] = ""
    """The end of the script file's name."""

    script: str
    """The text of the script."""

    def texts(self) -> Sequence[str]:
        """Return the script."""
        return [self.script]

    def commands_of(self, session: Session) -> Sequence[str]:
        """Write the script into the working directory and return the command that runs it."""
        text = self.prepared(session.localizer.text(self.script))
        if not self.program:
            return [text]
        path = session.folder / f"script-{session.ctx.where.task_run_id or 'trigger'}{self.suffix_for()}"
        path.write_text(text, "utf-8")
        session.own.add(path)
        command = " ".join((*self.program_for(session), shlex.quote(str(path))))
        # With nothing before it the shell becomes the program: one process less for every script.
        return [f"exec {command}" if not self.before_commands and self._is_shell() else command]

    def suffix_for(self) -> str:
        """Return the end of the script file's name."""
        return self.suffix

    def prepared(self, script: str) -> str:
        """Return the text to write into the file."""
        return script

    def program_for(self, session: Session) -> Sequence[str]:
        """Return the program and arguments in front of the file; raises TaskFailure when it is missing."""
        if not self.before_commands:  # they may install it
            require(session, self.program[0])
        return self.program


class CommandsOf(ScriptTask):
    """A task that runs commands, with the software of a language at hand."""

    abstract: ClassVar[bool] = True

    commands: list[str]
    """The commands, run one after the other in one shell."""

    def texts(self) -> Sequence[str]:
        """Return the commands."""
        return self.commands

    def commands_of(self, session: Session) -> Sequence[str]:
        """Return the commands with addresses replaced."""
        return [session.localizer.text(command) for command in self.commands]


def require(session: Session, program: str) -> None:
    """Raise TaskFailure when a program is neither in a container nor on this machine."""
    if not session.runner.container:
        path = session.env.get("PATH") or session.path or session.runner.base_env().get("PATH")
        if shutil.which(program, path=path) is None:
            raise TaskFailure(
                f"'{program}' is not installed on this machine and no Docker daemon answers; "
                f"install {program}, or start Docker to run the script in its image"
            )


def _output_dir(ctx: RunContext) -> Path:
    return ctx.work_dir / OWN_FOLDER / f"output-{ctx.where.task_run_id or 'trigger'}"


def _plain_names(patterns: Json) -> list[str]:
    names = patterns if isinstance(patterns, list) else []
    return [name for name in names if isinstance(name, str) and is_plain(name)]
