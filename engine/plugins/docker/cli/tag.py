"""`io.kestra.plugin.docker.cli.Tag`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.docker._docker import DockerTask


class Tag(DockerTask):
    """Gives an image one more name."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Tag",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tag an image for a registry",
            """
id: docker_tag
namespace: company.team

tasks:
  - id: tag
    type: io.kestra.plugin.docker.cli.Tag
    sourceImage: report:latest
    targetImage: registry.example.com/team/report:1.0
""",
        ),
    )

    source_image: str
    """The image as it is named."""
    target_image: str
    """Its further name; the tag is `latest` when there is none."""

    def run(self, ctx: RunContext) -> None:
        """Tag the image."""
        with self.asked(f"The image {self.source_image} cannot be tagged") as client:
            from engine.plugins.scripts.runner.docker._client import name_and_tag

            name, tag = name_and_tag(self.target_image)
            client.api.tag(self.source_image, name, tag)
        ctx.info(f"{self.source_image} is now also {self.target_image}")
