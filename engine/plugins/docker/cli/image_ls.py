"""`io.kestra.plugin.docker.cli.ImageLs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.plugin import Example, Output, RunContext
from engine.plugins.docker._docker import DockerTask


class ImageLsOutput(Output):
    """The images of a machine."""

    images: list[dict[str, Any]]
    """One map for each image: `id`, `tags`, `size` in bytes, `labels`."""
    count: int
    """Number of images."""


class ImageLs(DockerTask):
    """Lists the images on the daemon's machine."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.ImageLs",)
    gives: ClassVar[type[Output]] = ImageLsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Count the images",
            """
id: docker_images
namespace: company.team

tasks:
  - id: list
    type: io.kestra.plugin.docker.cli.ImageLs

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.list.count }} images"
""",
        ),
    )

    def run(self, ctx: RunContext) -> ImageLsOutput:
        """Ask for the images."""
        with self.asked("The images cannot be listed") as client:
            found = client.api.images()
        images = [
            {
                "id": image["Id"],
                "tags": image.get("RepoTags") or [],
                "size": image.get("Size", 0),
                "labels": image.get("Labels") or {},
            }
            for image in found
        ]
        return ImageLsOutput(images=images, count=len(images))
