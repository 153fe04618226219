"""`io.kestra.plugin.docker.cli.Stop`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.docker._docker import DockerTask


class Stop(DockerTask):
    """Stops a container, for example one that was started with `wait: false`."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Stop",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Start a container and stop it at the end",
            """
id: docker_stop
namespace: company.team

tasks:
  - id: database
    type: io.kestra.plugin.docker.cli.Run
    containerImage: postgres:17
    wait: false

finally:
  - id: stop
    type: io.kestra.plugin.docker.cli.Stop
    containerId: "{{ outputs.database.taskRunner.containerId }}"
""",
        ),
    )

    container_id: str
    """Id or name of the container."""
    kill: bool = False
    """End it at once instead of asking it first."""
    delete: bool = True
    """Remove it afterwards."""

    def run(self, ctx: RunContext) -> None:
        """Stop the container."""
        with self.asked(f"The container {self.container_id} cannot be stopped") as client:
            if self.kill:
                client.api.kill(self.container_id)
            else:
                client.api.stop(self.container_id)
            if self.delete:
                client.api.remove_container(self.container_id, force=True, v=True)
        ctx.info(f"Stopped the container {self.container_id}")
