"""`io.kestra.plugin.gcp.gcs.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.plugin import Duration, Example, Fired, Output, PollingTrigger, RunContext, Text
from engine.plugins._seen import On, Seen
from engine.plugins.gcp.gcs._listing import CollectProperties, cut, find
from engine.plugins.gcp.gcs._object import BlobOutput, download

_NAMESPACE = "_gcs_seen"
"""Where versions of seen objects are kept; no flow can have a namespace that begins with `_`."""


class ChangedBlob(BlobOutput):
    """An object that started the flow."""

    change_type: Literal["CREATE", "UPDATE"] = "CREATE"
    """Whether it is new or has new content."""


class TriggerOutput(Output):
    """What started the flow."""

    blobs: list[ChangedBlob] = []
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
id: gcs_trigger
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
    type: io.kestra.plugin.gcp.gcs.Trigger
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    interval: PT5M
    from: gs://my-bucket/incoming/
    action: MOVE
    moveDirectory: gs://my-bucket/done/
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
        settle = self.settled()
        with self.opened(ctx, f"Looking into {self.source}") as client:
            found = find(client, self)
            seen = Seen(ctx, _NAMESPACE, self.state_key, self.state_ttl)
            fresh: list[ChangedBlob] = []
            for blob in found:
                change = seen.wanted(blob.uri, str(blob.generation), self.on)
                if change is not None:
                    fresh.append(ChangedBlob(**blob.model_dump(), change_type=change))
            taken = cut(ctx, list(fresh), self.max_files)
            blobs = []
            for blob in taken:
                uri = download(ctx, client.bucket(blob.bucket).blob(blob.name), validate=False)
                blobs.append(blob.model_copy(update={"uri": uri}))
            for blob in taken:
                settle(client, blob)
                if self.action == "NONE":
                    seen.note(blob.uri, str(blob.generation))
                else:  # it is gone, so the next one of this name is new
                    seen.forget(blob.uri)
        seen.save()
        if not blobs:
            return None
        return Fired(TriggerOutput(blobs=blobs).model_dump(by_alias=True, exclude_none=True))
