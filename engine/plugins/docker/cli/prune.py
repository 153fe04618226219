"""`io.kestra.plugin.docker.cli.Prune`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.plugin import Example, Output, RunContext
from engine.plugins.docker._docker import DockerTask


class PruneOutput(Output):
    """What was cleaned."""

    deleted_ids: list[str]
    """Ids or names of what was removed."""
    space_reclaimed: int
    """Bytes that are free again."""


class Prune(DockerTask):
    """Removes what the daemon does not use any more."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.docker.Prune",)
    gives: ClassVar[type[Output]] = PruneOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remove stopped containers every night",
            """
id: docker_prune
namespace: company.team

tasks:
  - id: prune
    type: io.kestra.plugin.docker.cli.Prune
    pruneType: CONTAINERS

triggers:
  - id: nightly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: 0 3 * * *
""",
        ),
    )

    prune_type: Literal["CONTAINERS", "IMAGES", "NETWORKS", "VOLUMES", "BUILD"]
    """What to clean."""
    dangling: bool | None = None
    """With `IMAGES`: only those without a name (the default), or all that no container uses."""
    until: str | None = None
    """Only what was made before, like `24h` or a date."""
    label_filters: list[str] = []
    """Only what has these labels, as `name` or `name=value`."""

    def run(self, ctx: RunContext) -> PruneOutput:
        """Clean."""
        filters: dict[str, object] = {}
        if self.dangling is not None and self.prune_type == "IMAGES":
            filters["dangling"] = self.dangling
        if self.until:
            filters["until"] = self.until
        if self.label_filters:
            filters["label"] = list(self.label_filters)
        with self.asked(f"The clean-up of {self.prune_type.lower()} failed") as client:
            api = client.api
            clean = {
                "CONTAINERS": api.prune_containers,
                "IMAGES": api.prune_images,
                "NETWORKS": api.prune_networks,
                "VOLUMES": api.prune_volumes,
                "BUILD": api.prune_builds,
            }[self.prune_type]
            answer = clean(filters=filters or None)
        deleted = next((value for key, value in answer.items() if key.endswith("Deleted")), None) or []
        names = [item if isinstance(item, str) else next(iter(item.values()), "") for item in deleted]
        space = int(answer.get("SpaceReclaimed") or 0)
        ctx.info(f"Removed {len(names)} {self.prune_type.lower()}, {space} bytes are free again")
        return PruneOutput(deleted_ids=names, space_reclaimed=space)
