"""`io.kestra.plugin.docker.cli.Push`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, RunContext
from engine.plugins.docker._docker import DockerTask


class Push(DockerTask):
    """Pushes images to their registries."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Push",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Push an image",
            """
id: docker_push
namespace: company.team

tasks:
  - id: push
    type: io.kestra.plugin.docker.cli.Push
    tags:
      - registry.example.com/team/report:1.0
    credentials:
      registry: registry.example.com
      username: team
      password: "{{ secret('REGISTRY_PASSWORD') }}"
""",
        ),
    )

    tags: list[str]
    """The images, with the registry in front of the name and a tag behind it."""

    def run(self, ctx: RunContext) -> None:
        """Push one after the other."""
        if not self.tags:
            raise TaskFailure("tags: the list is empty; give at least one image")
        from engine.plugins.docker._push import push

        for tag in self.tags:
            with self.asked(f"The image {tag} cannot be pushed") as client:
                push(ctx, client, self, tag)
