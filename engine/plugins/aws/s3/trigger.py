"""`io.kestra.plugin.aws.s3.Trigger`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Duration, Example, Fired, Output, PollingTrigger, RunContext, Text
from engine.plugins._seen import Change, On, Seen
from engine.plugins.aws._aws import aws_errors
from engine.plugins.aws.s3._listing import CollectProperties, cut
from engine.plugins.aws.s3._object import S3Object
from engine.plugins.aws.s3.downloads import fetched

_NAMESPACE = "_s3_triggers"


class ChangedObject(S3Object):
    """An object that started the flow."""

    change_type: Change = "CREATE"
    """Whether it is new or has new content."""


class TriggerOutput(Output):
    """What started the flow."""

    objects: list[ChangedObject] = []
    """The objects; their `uri` is the address of the stored file."""


class Trigger(CollectProperties, PollingTrigger):
    """Looks into a bucket every `interval` and starts the flow with the objects that are new or changed.

    The objects are downloaded. Which version of an object was seen is remembered, so an object that stays
    in the bucket starts the flow once.
    """

    gives: ClassVar[type[Output]] = TriggerOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle files as they arrive",
            """\
id: s3_trigger
namespace: company.team

tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ (trigger.objects ?? []) | jq('.[].uri') }}"
    tasks:
      - id: size
        type: io.kestra.plugin.core.storage.Size
        uri: "{{ taskrun.value }}"

triggers:
  - id: arrival
    type: io.kestra.plugin.aws.s3.Trigger
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    interval: PT5M
    bucket: my-bucket
    prefix: incoming/
    action: MOVE
    moveTo:
      key: done
""",
        ),
    )

    on: On = "CREATE_OR_UPDATE"
    """Which objects start the flow: new ones, those with new content, or both."""
    state_key: Text | None = None
    """Name under which seen objects are remembered; by default one of this trigger's own."""
    state_ttl: Duration | None = None
    """How long a seen object is remembered after it was last there; for ever when left out."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        settle, seen = self.settled(), Seen(ctx, _NAMESPACE, self.state_key, self.state_ttl)
        with self.client(ctx, f"Looking into {self.place}") as client:
            fresh = [
                (item, change)
                for item in self.find(ctx, client)
                if (change := seen.wanted(self._address(item), item.etag or "", self.on)) is not None
            ]
            taken = cut(ctx, fresh, self.max_files)
            objects = [
                ChangedObject(**fetched(self, ctx, client, item).model_dump(), change_type=change)
                for item, change in taken
            ]
            for item, _ in taken:
                self._settle(ctx, seen, item, lambda key: settle(client, key))
        seen.save()
        if not objects:
            return None
        return Fired(TriggerOutput(objects=objects).model_dump(by_alias=True, exclude_none=True))

    def _settle(self, ctx: RunContext, seen: Seen, item: S3Object, act: Callable[[str], None]) -> None:
        """Do `action`; where that fails the flow starts all the same, for others may be moved already."""
        address = self._address(item)
        try:
            with aws_errors(f"{self.action} of {address}", ctx):
                act(item.key)
        except TaskFailure as error:
            ctx.warn(f"{error.message}; the flow starts all the same")
            seen.note(address, item.etag or "")
        else:
            if self.action == "NONE":
                seen.note(address, item.etag or "")
            else:  # it is gone, so the next one of this name is new
                seen.forget(address)

    def _address(self, item: S3Object) -> str:
        return f"s3://{self.bucket}/{item.key}"
