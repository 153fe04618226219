"""`io.kestra.plugin.docker.cli.Rm`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, RunContext
from engine.plugins.docker._docker import DockerTask


class Rm(DockerTask):
    """Removes containers and images."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Rm",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remove an image",
            """
id: docker_rm
namespace: company.team

tasks:
  - id: remove
    type: io.kestra.plugin.docker.cli.Rm
    imageIds:
      - report:latest
    force: true
""",
        ),
    )

    container_ids: list[str] = []
    """Ids or names of containers."""
    image_ids: list[str] = []
    """Ids or names of images."""
    force: bool = False
    """Also remove containers that run, and images that are used."""
    remove_volumes: bool = False
    """Also remove the unnamed volumes of the containers."""

    def run(self, ctx: RunContext) -> None:
        """Remove the containers, then the images."""
        if not self.container_ids and not self.image_ids:
            raise TaskFailure("`containerIds` and `imageIds` are empty; give at least one of them")
        for container in self.container_ids:
            with self.asked(f"The container {container} cannot be removed") as client:
                client.api.remove_container(container, v=self.remove_volumes, force=self.force)
            ctx.info(f"Removed the container {container}")
        for image in self.image_ids:
            with self.asked(f"The image {image} cannot be removed") as client:
                client.api.remove_image(image, force=self.force)
            ctx.info(f"Removed the image {image}")
