"""`io.kestra.plugin.docker.cli.Build`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import STATIC, Example, Output, RunContext, StringMap
from engine.plugins.docker._docker import DockerTask
from engine.plugins.docker._push import push
from engine.plugins.scripts._files import (
    InputFiles,
    NamespaceFiles,
    copy_uri,
    write_inputs,
    write_namespace_files,
)

_DOCKERFILE = "Dockerfile"


class BuildOutput(Output):
    """What was built."""

    image_id: str | None = None
    """Id of the image."""


class Build(DockerTask):
    """Builds an image from a Dockerfile and files, and pushes it if wanted."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Build",)
    gives: ClassVar[type[Output]] = BuildOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Build an image with a package",
            """
id: docker_build
namespace: company.team

tasks:
  - id: build
    type: io.kestra.plugin.docker.cli.Build
    dockerfile: |
      FROM python:3.13-slim
      COPY main.py /main.py
      RUN pip install --no-cache-dir requests
      CMD ["python", "/main.py"]
    inputFiles:
      main.py: print("ready")
    tags:
      - report:latest
""",
        ),
    )

    dockerfile: str = _DOCKERFILE
    """The text of the Dockerfile, the address of a stored file, or its name among the files."""
    tags: list[str]
    """Names of the image; with `push` the registry stands in front."""
    push: bool = False
    """Push the image under every name."""
    pull: bool = True
    """Look for a newer base image."""
    platforms: list[str] = []
    """The platform to build for, like `linux/arm64`; the daemon's interface builds for one at a time."""
    build_args: StringMap = {}
    """Values of `ARG` in the Dockerfile."""
    labels: StringMap = {}
    """Labels of the image."""
    target: str | None = None
    """The stage to build; the last one by default."""
    input_files: InputFiles | None = None
    """Files of the build: relative path to content or to an address of a file."""
    namespace_files: Annotated[NamespaceFiles | None, STATIC] = None
    """Copies files of the namespace into the build."""

    def run(self, ctx: RunContext) -> BuildOutput:
        """Build, then push."""
        if not self.tags:
            raise TaskFailure("tags: the list is empty; give the image at least one name")
        if len(self.platforms) > 1:
            raise TaskFailure(
                f"platforms: {', '.join(self.platforms)} are {len(self.platforms)}, but a build is for one; "
                f"use one task for each"
            )
        write_namespace_files(ctx, self.namespace_files, ctx.work_dir)
        write_inputs(ctx, self.input_files, ctx.work_dir)
        name = self._dockerfile(ctx)
        with self.asked(f"The image {self.tags[0]} cannot be built") as client:
            image_id = self._built(ctx, client, name)
            for tag in self.tags[1:]:
                from engine.plugins.scripts.runner.docker._client import name_and_tag

                client.api.tag(self.tags[0], *name_and_tag(tag))
        if self.push:
            for tag in self.tags:
                with self.asked(f"The image {tag} cannot be pushed") as client:
                    push(ctx, client, self, tag)
        return BuildOutput(image_id=image_id)

    def _built(self, ctx: RunContext, client: Any, name: str) -> str | None:
        from engine.plugins.scripts.runner.docker._client import follow

        events = client.api.build(
            path=str(ctx.work_dir),
            dockerfile=name,
            tag=self.tags[0],
            pull=self.pull,
            rm=True,
            decode=True,
            buildargs=dict(self.build_args),
            labels=dict(self.labels),
            target=self.target or "",
            platform=self.platforms[0] if self.platforms else None,
        )
        details = follow(ctx, events)
        return next((str(detail["ID"]) for detail in reversed(details) if "ID" in detail), None)

    def _dockerfile(self, ctx: RunContext) -> str:
        text = self.dockerfile.strip()
        if "\n" not in text and (ctx.work_dir / text).is_file():
            return text
        target = ctx.work_dir / ".flowsmith.Dockerfile"
        if not copy_uri(ctx, text, target):
            if "\n" not in text and not text.upper().startswith("FROM "):
                raise TaskFailure(
                    f"dockerfile: there is no file '{text}'; write the text of the Dockerfile, or add the "
                    f"file to `inputFiles`"
                )
            target.write_text(self.dockerfile, "utf-8")
        return target.name
