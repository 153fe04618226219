"""Documents are embedded, stored, found and answered from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from copilot.plugins.ai._splitter import DocumentSplitter
from engine.engine import Engine
from tests.copilot.plugins.ai.conftest import AI, provider
from tests.emulators.models import EMBEDDER, Models
from tests.postgres import Database

KV = {"type": f"{AI}.embeddings.KestraKVStore"}
DOCUMENTS = [
    {"content": "Green taxis serve the outer boroughs", "metadata": {"topic": "green"}},
    {"content": "Bread is baked from flour and water", "metadata": {"topic": "bread"}},
    {"content": "Yellow taxis wait in Manhattan", "metadata": {"topic": "yellow"}},
]


def stored(engine: Engine, key: str = "my-flow-embedding-store") -> Any:
    entry = engine.store.kv.get("company.team", key)
    assert entry is not None
    assert isinstance(entry.value, str)
    return json.loads(entry.value)


def ingest(run, **more: Any) -> Any:
    ran = run("rag.IngestDocument", **{
        "provider": provider(), "embeddings": KV, "fromDocuments": DOCUMENTS, **more
    })  # fmt: skip
    assert ran.state == "SUCCESS", ran.log
    return ran


def test_the_store_has_the_form_kestra_writes(run, engine: Engine) -> None:
    ran = ingest(run)
    assert ran.outputs["ingestedDocuments"] == 3
    assert ran.outputs["inputTokenCount"] == 18
    assert ran.outputs.get("outputTokenCount") is None
    assert ran.outputs["embeddingStoreOutputs"] == {"kvName": "my-flow-embedding-store"}
    [first, *_] = entries = stored(engine)["entries"]
    assert len(entries) == 3
    assert first.keys() == {"id", "embedding", "embedded"}
    assert first["embedded"] == {
        "text": "Green taxis serve the outer boroughs",
        "metadata": {"metadata": {"topic": "green", "index": "0"}},
    }
    expected = EMBEDDER.embed([first["embedded"]["text"]], "passage")[0]
    assert first["embedding"]["vector"] == pytest.approx(expected.tolist(), abs=1e-7)


def test_ingesting_again_appends_unless_dropped(run, engine: Engine) -> None:
    ingest(run)
    ingest(run)
    assert len(stored(engine)["entries"]) == 6
    ingest(run, drop=True, embeddings={**KV, "kvName": "my-flow-embedding-store"})
    assert len(stored(engine)["entries"]) == 3


def test_pages_are_read_and_cut(run, models: Models, engine: Engine) -> None:
    models.files["/page.md"] = "One sentence here. Another one there.\n\n" * 20
    splitter = {"splitter": "RECURSIVE", "maxSegmentSizeInChars": 100, "maxOverlapSizeInChars": 20}
    ran = ingest(
        run, fromDocuments=None, fromExternalURLs=[f"{models.root}/page.md"], documentSplitter=splitter
    )
    assert ran.outputs["ingestedDocuments"] == 1
    entries = stored(engine)["entries"]
    assert len(entries) > 5
    assert max(len(one["embedded"]["text"]) for one in entries) <= 100
    assert entries[1]["embedded"]["metadata"]["metadata"] == {
        "url": f"{models.root}/page.md", "index": "1"
    }  # fmt: skip


def test_files_of_a_folder_and_of_the_storage_are_read(engine: Engine, models: Models) -> None:
    row = engine.save("""
id: my-flow
namespace: company.team
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: from the storage
    extension: .txt
  - id: folder
    type: io.kestra.plugin.core.flow.WorkingDirectory
    inputFiles:
      docs/a.md: from a folder
      docs/deep/b.md: from deep inside
      other.md: not this
    tasks:
      - id: task
        type: io.kestra.plugin.ai.rag.IngestDocument
        provider:
          type: io.kestra.plugin.ai.provider.OpenAI
          modelName: vectors
          apiKey: key
        embeddings:
          type: io.kestra.plugin.ai.embeddings.KestraKVStore
        fromPath: docs
        fromInternalURIs:
          - "{{ outputs.write.uri }}"
""")
    ended = engine.wait(engine.start(row.namespace, row.id).id, 20)
    assert str(ended.state) == "SUCCESS", [entry.message for entry in engine.logs(ended.id)]
    texts = [one["embedded"]["text"] for one in stored(engine)["entries"]]
    assert texts == ["from a folder", "from deep inside", "from the storage"]


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"fromExternalURLs": ["{root}/gone"]}, "answers with 404"),
        ({"fromPath": "docs"}, "there is no folder 'docs' in the working directory"),
        ({"fromPath": "../.."}, "leaves the working directory"),
        ({}, "There is no document"),
        ({"fromDocuments": [{"content": " "}]}, "fromDocuments[0]: the document is empty"),
    ],
    ids=["404", "no-folder", "outside", "nothing", "empty"],
)
def test_nothing_is_stored_when_a_document_cannot_be_read(
    run, models: Models, engine: Engine, properties: dict[str, Any], problem: str
) -> None:
    given = json.loads(json.dumps(properties).replace("{root}", models.root))
    ran = run("rag.IngestDocument", provider=provider(), embeddings=KV, **given)
    assert ran.state == "FAILED"
    assert problem in ran.log
    assert engine.store.kv.get("company.team", "my-flow-embedding-store") is None


@pytest.mark.parametrize(
    ("fetch", "outputs"),
    [
        ("NONE", {}),
        ("FETCH", {"results": [DOCUMENTS[2]["content"], DOCUMENTS[0]["content"]], "size": 2}),
        ("FETCH_ONE", {"results": [DOCUMENTS[2]["content"]], "size": 1}),
    ],
)
def test_the_nearest_texts_are_found(run, fetch: str, outputs: Any) -> None:
    ingest(run)
    ran = run(
        "rag.Search", provider=provider(), embeddings=KV, query="yellow taxis in Manhattan", maxResults=5,
        minScore=0.55, fetchType=fetch,
    )  # fmt: skip
    assert ran.state == "SUCCESS", ran.log
    assert {name: value for name, value in ran.outputs.items() if value is not None} == outputs


def test_found_texts_are_stored_as_rows(run, engine: Engine) -> None:
    ingest(run)
    ran = run(
        "rag.Search", provider=provider(), embeddings=KV, query="bread", maxResults=1, minScore=0,
        fetchType="STORE",
    )  # fmt: skip
    with engine.files.open(ran.outputs["uri"].removeprefix("kestra:///")) as file:
        assert file.read().decode() == f'"{DOCUMENTS[1]["content"]}"\n'


def test_an_empty_store_is_no_error_but_one_text_must_be_found(run) -> None:
    search = {"provider": provider(), "embeddings": KV, "query": "x", "maxResults": 1, "minScore": 0.0}
    assert run("rag.Search", **search, fetchType="FETCH").outputs["results"] == []
    assert "Nothing was found" in run("rag.Search", **search, fetchType="FETCH_ONE").log


def test_vectors_of_another_model_are_told(run, engine: Engine) -> None:
    entry = {"id": "1", "embedding": {"vector": [1.0, 0.0]}, "embedded": {"text": "a", "metadata": {}}}
    text = json.dumps({"entries": [entry]})
    engine.store.kv.put("company.team", "my-flow-embedding-store", text, "STRING", engine.clock())
    ran = run("rag.Search", provider=provider(), embeddings=KV, query="x", maxResults=1, minScore=0.0)
    assert "do not fit the question's (384 numbers)" in ran.log


def ask(run, **more: Any) -> Any:
    return run("rag.ChatCompletion", **{
        "chatProvider": provider(), "chatConfiguration": {}, "embeddings": KV,
        "prompt": "Where are yellow taxis?", **more,
    })  # fmt: skip


def test_the_texts_go_along_with_the_question(run, models: Models) -> None:
    ingest(run)
    models.says("In Manhattan.")
    ran = ask(run, systemMessage="Be brief", contentRetrieverConfiguration={"maxResults": 1, "minScore": 0.5})
    assert ran.outputs["textOutput"] == ran.outputs["completion"] == "In Manhattan.", ran.log
    assert ran.outputs["sources"] == [
        {"content": DOCUMENTS[2]["content"], "metadata": {"topic": "yellow", "index": "0"}}
    ]
    system, user = models.chats[0]["messages"]
    assert system["content"] == "Be brief"
    question, instruction = user["content"].split("\n\n", 1)
    assert question == "Where are yellow taxis?"
    assert instruction.endswith(f"\n{DOCUMENTS[2]['content']}")


def test_without_a_text_the_question_goes_alone(run, models: Models) -> None:
    models.says("I do not know.")
    ran = ask(run)
    assert ran.outputs["sources"] == []
    assert models.chats[0]["messages"] == [{"role": "user", "content": "Where are yellow taxis?"}]


def test_without_a_source_it_fails(run) -> None:
    assert "there is nothing to answer from" in ask(run, embeddings=None).log


@pytest.mark.parametrize(
    ("retriever", "text"),
    [
        ({"type": f"{AI}.retriever.TavilyWebSearch", "apiKey": "k"}, "Ducks\nAbout Where are yellow taxis?"),
        ({"type": f"{AI}.retriever.GoogleCustomWebSearch", "apiKey": "k", "csi": "c"}, "Cats\nThey sleep"),
    ],
    ids=["tavily", "google"],
)
def test_the_web_is_a_source(run, models: Models, retriever: object, text: str) -> None:
    models.says("ok")
    ran = ask(run, embeddings=None, contentRetrievers=[retriever])
    assert ran.state == "SUCCESS", ran.log
    assert [one["content"] for one in ran.outputs["sources"]] == [text]
    assert models.chats[0]["messages"][0]["content"].endswith(text)


def test_a_second_store_is_a_source(run, models: Models) -> None:
    ingest(run)
    models.says("ok")
    retriever = {
        "type": f"{AI}.retriever.EmbeddingStoreRetriever",
        "embeddings": KV,
        "embeddingProvider": provider(),
        "maxResults": 1,
    }
    ran = ask(run, embeddings=None, contentRetrievers=[retriever])
    assert [one["metadata"]["topic"] for one in ran.outputs["sources"]] == ["yellow"], ran.log


def at(postgres: Database) -> dict[str, Any]:
    return {
        "host": postgres.host, "port": postgres.port, "user": postgres.user, "password": postgres.password,
        "database": postgres.name,
    }  # fmt: skip


def test_texts_are_kept_in_postgresql(run, models: Models, postgres: Database) -> None:
    store = {"type": f"{AI}.embeddings.PGVector", "table": "texts", "useIndex": True, **at(postgres)}
    ingest(run, embeddings=store)
    ingest(run, embeddings=store, drop=True)
    assert postgres.rows("SELECT count(*), min(vector_dims(embedding)) FROM texts") == [(3, 384)]
    ran = run(
        "rag.Search", provider=provider(), embeddings={**store, "useIndex": False}, query="baked bread",
        maxResults=3, minScore=0.6, fetchType="FETCH",
    )  # fmt: skip
    assert ran.outputs["results"] == [DOCUMENTS[1]["content"]], ran.log
    empty = {**store, "table": "nothing"}
    search = {"provider": provider(), "query": "x", "maxResults": 1, "minScore": 0.0, "fetchType": "FETCH"}
    assert run("rag.Search", embeddings=empty, **search).outputs["results"] == []


def test_a_database_is_asked_by_a_query_of_the_model(run, models: Models, postgres: Database) -> None:
    postgres.rows("CREATE TABLE trips (color text, miles int)")
    postgres.rows("INSERT INTO trips VALUES ('yellow', 3), ('green', 5)")
    retriever = {
        "type": f"{AI}.retriever.SqlDatabaseRetriever",
        "databaseType": "POSTGRESQL",
        "jdbcUrl": postgres.jdbc_url,
        "username": postgres.user,
        "password": postgres.password,
        "provider": provider(),
        "configuration": {},
    }
    models.says("```sql\nSELECT color, miles FROM trips ORDER BY miles DESC LIMIT 1;\n```", "green")
    ran = ask(run, embeddings=None, contentRetrievers=[retriever])
    assert ran.outputs["sources"][0]["content"] == "color, miles\ngreen, 5", ran.log
    assert "public.trips (color text, miles integer)" in models.chats[0]["messages"][0]["content"]

    models.says("WITH gone AS (DELETE FROM trips RETURNING 1) SELECT * FROM gone")
    assert "read-only transaction" in ask(run, embeddings=None, contentRetrievers=[retriever]).log
    models.says("DROP TABLE trips")
    assert "wrote no single SELECT" in ask(run, embeddings=None, contentRetrievers=[retriever]).log
    assert postgres.rows("SELECT count(*) FROM trips") == [(2,)]


# Without a repetition, so that every segment has one place.
LONG_WORD = "".join(chr(0x4E00 + number) for number in range(70))
TEXT = (
    f"First. Second one. Third is longer than that.\nA line.\n\nA new paragraph, with some words. {LONG_WORD}"
)


@pytest.mark.parametrize("splitter", ["RECURSIVE", "PARAGRAPH", "LINE", "SENTENCE", "WORD"])
@pytest.mark.parametrize(("size", "overlap"), [(10, 0), (40, 10), (40, 30), (500, 100)])
def test_no_segment_is_too_long_and_no_letter_is_lost(splitter: str, size: int, overlap: int) -> None:
    cut = DocumentSplitter(
        splitter=splitter, max_segment_size_in_chars=size, max_overlap_size_in_chars=overlap
    )
    segments = cut.split(TEXT)
    assert all(0 < len(one) <= size for one in segments)
    letters = "".join(TEXT.split())
    if overlap == 0:
        assert "".join("".join(segments).split()) == letters
    at = 0
    for segment in ("".join(one.split()) for one in segments):
        # Each segment continues where the last one ended, or repeats its end.
        start = max(letters.find(segment, max(0, at - overlap)), 0)
        assert letters.startswith(segment, start)
        assert start <= at
        at = start + len(segment)
    assert at == len(letters)


def test_whole_sentences_are_repeated() -> None:
    cut = DocumentSplitter(splitter="SENTENCE", max_segment_size_in_chars=25, max_overlap_size_in_chars=12)
    assert cut.split("One is here. Two is. Three is there.") == [
        "One is here. Two is.",
        "Two is. Three is there.",
    ]
