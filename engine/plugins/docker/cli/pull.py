"""`io.kestra.plugin.docker.cli.Pull`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.docker._docker import DockerTask


class Pull(DockerTask):
    """Pulls an image from a registry."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Pull",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Pull an image",
            """
id: docker_pull
namespace: company.team

tasks:
  - id: pull
    type: io.kestra.plugin.docker.cli.Pull
    image: alpine:3.20
""",
        ),
    )

    image: str
    """The image, like `alpine:3.20`."""
    platform: str | None = None
    """The platform to pull for, like `linux/arm64`; by default the daemon's."""

    def run(self, ctx: RunContext) -> None:
        """Pull the image."""
        with self.asked(f"The image {self.image} cannot be pulled") as client:
            from engine.plugins.scripts.runner.docker._client import pull

            pull(ctx, client, self, self.image, self.platform)
