"""`io.kestra.plugin.docker.cli.Run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from engine.errors import SettingsError, TaskFailure
from engine.plugin import STATIC, Example, Output, RunContext, Size, StringMap
from engine.plugin.runner import Command
from engine.plugins.docker._docker import DockerTask
from engine.plugins.scripts._files import (
    InputFiles,
    NamespaceFiles,
    Patterns,
    collect,
    write_inputs,
    write_namespace_files,
)
from engine.plugins.scripts._protocol import Messages
from engine.plugins.scripts._script import ScriptOutput
from engine.plugins.scripts.runner.docker._options import Cpu, DeviceRequest, Memory
from engine.plugins.scripts.runner.docker.docker import Docker

_RUNNER = (
    *("host", "config", "credentials", "user", "network_mode", "shm_size", "extra_hosts", "port_bindings"),
    *("volumes", "pull_policy", "device_requests", "cpu", "memory", "privileged", "wait"),
)


class Run(DockerTask):
    """Runs a container of an image.

    `commands` is the program with its arguments, without a shell around it.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Run",)
    gives: ClassVar[type[Output]] = ScriptOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command in an image",
            """
id: docker_run
namespace: company.team

tasks:
  - id: greet
    type: io.kestra.plugin.docker.cli.Run
    containerImage: alpine:3.20
    commands:
      - echo
      - Hello
""",
        ),
        Example(
            "Hand in a file and keep another",
            """
id: docker_run_files
namespace: company.team

tasks:
  - id: convert
    type: io.kestra.plugin.docker.cli.Run
    containerImage: alpine:3.20
    inputFiles:
      words.txt: one two three
    outputFiles:
      - count.txt
    commands:
      - sh
      - -c
      - wc -w < words.txt > count.txt
""",
        ),
    )

    container_image: str
    """The image."""
    commands: list[str] = []
    """The program and its arguments; those of the image when left out."""
    env: StringMap = {}
    """Environment variables."""
    input_files: InputFiles | None = None
    """Files to write into the working directory: relative path to content or to an address of a file."""
    output_files: Patterns = []
    """Patterns of files to keep when the container has ended, relative to the working directory."""
    namespace_files: Annotated[NamespaceFiles | None, STATIC] = None
    """Copies files of the namespace into the working directory."""
    wait: bool = True
    """Wait for the end of the container."""
    pull_policy: Literal["IF_NOT_PRESENT", "ALWAYS", "NEVER"] = "IF_NOT_PRESENT"
    """When the image is pulled."""
    entry_point: list[str] | None = None
    """The program in front of `commands`; by default the image's."""
    user: str | None = None
    """The user inside the container."""
    volumes: list[str] = []
    """Folders of the host to mount, as `host:container[:ro]`; only where the operator allows it."""
    port_bindings: list[str] = []
    """Ports to open, as `host:container`."""
    network_mode: str | None = None
    """The network, such as `host` or `bridge`."""
    extra_hosts: list[str] = []
    """Names of hosts to add, as `name:address`."""
    cpu: Annotated[Cpu | None, STATIC] = None
    """Limit of processor time."""
    memory: Annotated[Memory | None, STATIC] = None
    """Limits of memory."""
    device_requests: Annotated[list[DeviceRequest] | None, STATIC] = None
    """Devices, such as graphics cards."""
    shm_size: Size | None = None
    """Size of the shared memory, like `64MB`."""
    privileged: bool = False
    """Give the container all rights on the host."""
    warning_on_std_err: bool = True
    """Without effect; kept for older flows."""

    def run(self, ctx: RunContext) -> ScriptOutput:
        """Run the container; raises TaskFailure with the outputs when it ends above 0."""
        runner = self._runner()
        write_namespace_files(ctx, self.namespace_files, ctx.work_dir)
        write_inputs(ctx, self.input_files, ctx.work_dir)
        messages = Messages(ctx)
        command = Command(self.commands, ctx.work_dir, messages.line, dict(self.env), self.container_image)
        try:
            ran = runner.run(ctx, command)
        except ImportError as error:
            raise SettingsError(
                'The Docker tasks need the package `docker`; run `pip install "flowsmith[docker]"`'
            ) from error
        output = ScriptOutput(
            exit_code=ran.exit_code,
            vars=messages.vars,
            output_files=collect(ctx, self.output_files, ctx.work_dir, frozenset()),
            task_runner=dict(ran.details) if ran.details else None,
        )
        if ran.exit_code != 0:
            problem = f"Command failed with exit code {ran.exit_code}"
            raise TaskFailure(problem, outputs=output.model_dump(by_alias=True))
        return output

    def _runner(self) -> Docker:
        # `delete` follows `wait`: what is left running is not removed.
        options: dict[str, Any] = {name: getattr(self, name) for name in _RUNNER}
        return Docker.model_construct(**options, entry_point=self.entry_point or [])
