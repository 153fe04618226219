"""`io.kestra.plugin.azure.storage.blob.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Duration, Example, Fired, Output, PollingTrigger, RunContext, Text
from engine.plugins._seen import Change, On, Seen
from engine.plugins.azure._azure import azure_errors
from engine.plugins.azure.storage.blob._blob import Blob, download
from engine.plugins.azure.storage.blob._listing import CollectProperties

_NAMESPACE = "_azure_blob_triggers"


class ChangedBlob(Blob):
    """A blob that started the flow."""

    change_type: Change = "CREATE"
    """Whether it is new or has new content."""


class TriggerOutput(Output):
    """What started the flow."""

    blobs: list[ChangedBlob] = []
    """The blobs; their `uri` is the address of the stored file."""


class Trigger(CollectProperties, PollingTrigger):
    """Looks into a container every `interval` and starts the flow with the blobs that are new or changed.

    The blobs are downloaded. Which version of a blob was seen is remembered, so a blob that stays in the
    container starts the flow once.
    """

    gives: ClassVar[type[Output]] = TriggerOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle files as they arrive",
            """\
id: azure_trigger
namespace: company.team

tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ (trigger.blobs ?? []) | jq('.[].uri') }}"
    tasks:
      - id: size
        type: io.kestra.plugin.core.storage.Size
        uri: "{{ taskrun.value }}"

triggers:
  - id: arrival
    type: io.kestra.plugin.azure.storage.blob.Trigger
    interval: PT5M
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    prefix: incoming/
    action: MOVE
    moveTo:
      name: done
""",
        ),
    )

    on: On = "CREATE_OR_UPDATE"
    """Which blobs start the flow: new ones, those with new content, or both."""
    state_key: Text | None = None
    """Name under which seen blobs are remembered; by default one of this trigger's own."""
    state_ttl: Duration | None = None
    """How long a seen blob is remembered after it was last there; for ever when left out."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        settle, seen = self.settled(ctx), Seen(ctx, _NAMESPACE, self.state_key, self.state_ttl)
        with self.account(ctx, f"Looking into {self.place}") as account:
            fresh = [
                (item, change)
                for item in self.find(account)
                if (change := seen.wanted(_address(item), item.e_tag or "", self.on)) is not None
            ]
            taken = self.cut(ctx, fresh)
            blobs = [
                ChangedBlob(
                    **download(ctx, account, self.container, item.name).model_dump(), change_type=change
                )
                for item, change in taken
            ]
            for item, _ in taken:
                self._settle(ctx, seen, account, item, settle)
        seen.save()
        if not blobs:
            return None
        return Fired(TriggerOutput(blobs=blobs).model_dump(by_alias=True, exclude_none=True))

    def _settle(self, ctx: RunContext, seen: Seen, account: Any, item: Blob, settle: Any) -> None:
        """Do `action`; where that fails the flow starts all the same, for others may be moved already."""
        try:
            with azure_errors(f"{self.action} of {_address(item)}", ctx):
                settle(account, item.name)
        except TaskFailure as error:
            ctx.warn(f"{error.message}; the flow starts all the same")
            seen.note(_address(item), item.e_tag or "")
        else:
            if self.action == "NONE":
                seen.note(_address(item), item.e_tag or "")
            else:  # it is gone, so the next one of this name is new
                seen.forget(_address(item))


def _address(item: Blob) -> str:
    return f"az://{item.container}/{item.name}"
