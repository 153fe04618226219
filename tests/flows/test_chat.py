"""The flows that chat, as they are, through the real client against a server on this machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from tests.emulators.models import Models, serving_models
from tests.flows.test_flows import messages, outputs_of, run

NOTES = """\
# Release 1.1

New filters make executions easier to find.

Human tasks wait for an approval.

""" + "\n\n".join(f"Chapter {number} is about gardening and the care of roses. " * 20 for number in range(8))


@pytest.fixture
def models() -> Iterator[Models]:
    with serving_models() as serving:
        serving.files["/notes.md"] = NOTES
        yield serving


@pytest.fixture
def engine(tmp_path: Path, models: Models) -> Iterator[Engine]:
    """An engine whose operator sends Gemini's calls to the server: the flows stay as they are."""
    gemini = {"io.kestra.plugin.ai.provider.GoogleGemini": {"baseUrl": f"{models.root}/v1beta"}}
    options = EngineOptions(
        home=tmp_path / "home",
        environment={"SECRET_GEMINI_API_KEY": base64.b64encode(b"key").decode()},
        in_memory=True,
        schedule=False,
        threads=4,
        plugin_settings=gemini,
    )
    with Engine.open(options) as opened:
        yield opened


def test_without_documents_only_the_question_is_sent(engine: Engine, models: Models) -> None:
    models.says("Nobody knows.")
    ended = run(engine, "10_chat_without_rag", question="What is new in 1.1?")
    assert ended.outputs == {"answer": "Nobody knows."}
    assert "The answer from memory alone:\nNobody knows.\n" in messages(engine, ended)
    [chat] = models.of("/v1beta/openai/chat/completions")
    assert chat.body["messages"] == [{"role": "user", "content": "What is new in 1.1?"}]
    assert chat.headers["authorization"] == "Bearer key"


def test_with_documents_the_nearest_segments_are_sent_along(engine: Engine, models: Models) -> None:
    models.says("Filters and human tasks.")
    ended = run(
        engine,
        "11_chat_with_rag",
        document_url=f"{models.root}/notes.md",
        question="Which new filters and human tasks are in the release?",
    )
    assert ended.outputs == {"answer": "Filters and human tasks."}
    assert outputs_of(ended, "ingest")["ingestedDocuments"] == 1
    sources = outputs_of(ended, "ask")["sources"]
    assert "Human tasks wait for an approval." in sources[0]["content"]
    assert 1 < len(sources) <= 5
    [chat] = models.chats
    assert "Human tasks wait for an approval." in chat["messages"][-1]["content"]
    assert (
        models.of("/v1beta/models/gemini-embedding-001:batchEmbedContents")[0].headers["x-goog-api-key"]
        == "key"
    )

    models.says("The same.")
    run(engine, "11_chat_with_rag", document_url=f"{models.root}/notes.md")
    assert engine.store.kv.get("zoomcamp", "11_chat_with_rag-embedding-store") is not None
