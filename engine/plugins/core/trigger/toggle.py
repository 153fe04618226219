"""Switch a trigger on or off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Task, Text
from engine.storage.ports import TriggerState

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Toggle(Task):
    """Switch a trigger of a flow on or off. Fails when the trigger or its flow is not known."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.trigger.Toggle",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Stop a schedule after its first run",
            """\
id: only-once
namespace: company.team
tasks:
  - id: stop
    type: io.kestra.plugin.core.trigger.Toggle
    trigger: hourly
    enabled: false
triggers:
  - id: hourly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "@hourly"
""",
        ),
    )

    trigger: Text
    """Id of the trigger."""

    enabled: bool = False
    """Whether it is switched on or off."""

    namespace: Text | None = None
    """Namespace of the flow; by default this flow's own."""

    flow_id: Text | None = None
    """Id of the flow; by default this one."""

    def run(self, ctx: RunContext) -> None:
        """Store the switch."""
        namespace = self.namespace or ctx.where.namespace
        flow_id = self.flow_id or ctx.where.flow_id
        now = ctx.clock()

        def change(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.disabled is not self.enabled:
                return None
            # Without a next date it is found anew: dates that passed while it was off do not follow.
            return replace(state, disabled=not self.enabled, next_date=None, updated=now)

        if ctx.world.store.triggers.update(namespace, flow_id, self.trigger, change) is None:
            raise TaskFailure(
                f"The trigger '{self.trigger}' of flow {namespace}.{flow_id} is not known; check its id, and "
                f"that the flow is not disabled"
            )
        ctx.world.trigger_changed(namespace, flow_id, self.trigger)
