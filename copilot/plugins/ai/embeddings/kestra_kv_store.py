"""Embedded texts in the key-value store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import orjson

from copilot.plugins.ai._embedding_store import EmbeddingStore, Match, Segment
from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin import RunContext, Text


class KestraKVStore(EmbeddingStore):
    """Embedded texts in one entry of the key-value store, in the flow's namespace.

    The entry is a text: the JSON of LangChain4j's in-memory store, as Kestra writes it, so entries of one are
    read by the other. It is read whole and searched by comparing all, which suits some thousand segments; use
    PGVector for more. Two flows share a store by the same `kvName`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.embeddings.KestraKVStore",)

    kv_name: Text | None = None
    """Key of the entry; by default `<id of the flow>-embedding-store`."""

    def write(self, ctx: RunContext, segments: Sequence[Segment], *, drop: bool) -> dict[str, Json]:
        """Append to the entry and write it back."""
        key = self._key(ctx)
        entries = [] if drop else self._entries(ctx, key)
        entries += [_entry(one) for one in segments]
        text = orjson.dumps({"entries": entries}, option=orjson.OPT_SERIALIZE_NUMPY).decode()
        ctx.world.store.kv.put(ctx.where.namespace, key, text, "STRING", ctx.clock())
        return {"kvName": key}

    def search(
        self, ctx: RunContext, vector: Sequence[float], *, max_results: int, min_score: float
    ) -> list[Match]:
        """Compare with every vector; a missing entry is an empty store."""
        key = self._key(ctx)
        entries = self._entries(ctx, key)
        if not entries:
            return []
        asked = np.asarray(vector, dtype=np.float32)
        try:
            rows = np.asarray([one["embedding"]["vector"] for one in entries], dtype=np.float32)
            scores = relevance(rows, asked)
        except (ValueError, KeyError, TypeError) as error:
            raise TaskFailure(
                f"embeddings: the vectors in '{key}' do not fit the question's ({len(asked)} numbers); embed "
                "documents and question with the same model; after a change ingest again with `drop: true`"
            ) from error
        best = np.argsort(-scores, kind="stable")[:max_results]
        return [_match(entries[at], float(scores[at])) for at in best if scores[at] >= min_score]

    def _key(self, ctx: RunContext) -> str:
        return self.kv_name or f"{ctx.where.flow_id}-embedding-store"

    def _entries(self, ctx: RunContext, key: str) -> list[dict[str, Any]]:
        found = ctx.world.store.kv.get(ctx.where.namespace, key)
        if found is None:
            return []
        try:
            value: Json = loads(found.value) if isinstance(found.value, str) else found.value
            return list(value["entries"])
        except (ValueError, KeyError, TypeError) as error:
            raise TaskFailure(
                f"embeddings: the entry '{key}' of namespace '{ctx.where.namespace}' is no embedding store; "
                "choose another `kvName`"
            ) from error


def relevance(rows: np.ndarray[Any, Any], vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return (cosine + 1) / 2 of each row [n, d] with the vector [d]; zeros are near to nothing."""
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    cosines = rows @ vector / np.where(lengths == 0, 1, lengths)
    scores: np.ndarray[Any, Any] = (cosines + 1) / 2
    return scores


def _entry(segment: Segment) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "embedding": {"vector": np.asarray(segment.vector, dtype=np.float32)},
        "embedded": {"text": segment.text, "metadata": {"metadata": dict(segment.metadata)}},
    }


def _match(entry: dict[str, Any], score: float) -> Match:
    embedded = entry.get("embedded") or {}
    metadata = (embedded.get("metadata") or {}).get("metadata") or {}
    return Match(str(embedded.get("text") or ""), metadata, score)
