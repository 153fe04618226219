"""`io.kestra.plugin.gcp.gcs.Trigger`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from engine.plugin import Duration, Example, Fired, Output, PollingTrigger, RunContext, Text
from engine.plugins.gcp.gcs._listing import CollectProperties, cut, find
from engine.plugins.gcp.gcs._object import BlobOutput, download

_NAMESPACE = "_gcs_triggers"
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

    on: Literal["CREATE", "UPDATE", "CREATE_OR_UPDATE"] = "CREATE_OR_UPDATE"
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
            known, seen = self._known(ctx), {}
            fresh: list[ChangedBlob] = []
            for blob in found:
                change = self._change(blob, known)
                if change is None or change not in self.on.split("_OR_"):
                    seen[blob.uri] = blob.generation
                else:
                    fresh.append(ChangedBlob(**blob.model_dump(), change_type=change))
            taken = cut(ctx, list(fresh), self.max_files)
            blobs = []
            for blob in taken:
                uri = download(ctx, client.bucket(blob.bucket).blob(blob.name), validate=False)
                blobs.append(blob.model_copy(update={"uri": uri}))
            for blob in taken:
                settle(client, blob)
                if self.action == "NONE":
                    seen[blob.uri] = blob.generation
                else:  # it is gone, so the next one of this name is new
                    known.pop(blob.uri, None)
        self._remember(ctx, known, seen)
        if not blobs:
            return None
        return Fired(TriggerOutput(blobs=blobs).model_dump(by_alias=True, exclude_none=True))

    def _change(self, blob: BlobOutput, known: Mapping[str, Any]) -> Literal["CREATE", "UPDATE"] | None:
        entry = known.get(blob.uri)
        if entry is None:
            return "CREATE"
        return None if entry["generation"] == blob.generation else "UPDATE"

    def _known(self, ctx: RunContext) -> dict[str, Any]:
        entry = ctx.world.store.kv.get(_NAMESPACE, self._key(ctx))
        known = dict(entry.value) if entry is not None and isinstance(entry.value, dict) else {}
        if self.state_ttl is None:
            return known
        oldest = ctx.clock() - self.state_ttl
        return {uri: item for uri, item in known.items() if datetime.fromisoformat(item["seen"]) >= oldest}

    def _remember(self, ctx: RunContext, known: Mapping[str, Any], seen: Mapping[str, int | None]) -> None:
        moment = ctx.clock()
        now = {uri: {"generation": version, "seen": moment.isoformat()} for uri, version in seen.items()}
        ctx.world.store.kv.put(_NAMESPACE, self._key(ctx), {**known, **now}, "JSON", moment)

    def _key(self, ctx: RunContext) -> str:
        at = ctx.where
        own = f"{at.flow_id}/{at.trigger_id}" if self.state_key is None else self.state_key
        return f"{at.namespace}/{own}"
