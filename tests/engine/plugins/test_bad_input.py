"""Files that are not what a task expects: each is refused with a sentence for the author."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import FlowsmithError, TaskFailure
from tests.engine.plugins.samples import PREFIX, REGISTRY

BINARY = b"\xff\xfe\x00\x01\x9f binary \x80\x81\n" * 3

READERS: dict[str, dict[str, Any]] = {
    "serdes.csv.CsvToIon": {},
    "serdes.csv.IonToCsv": {},
    "serdes.json.JsonToIon": {},
    "serdes.json.IonToJson": {},
    "serdes.json.JsonToJsonl": {},
    "serdes.xml.XmlToIon": {},
    "serdes.xml.IonToXml": {},
    "serdes.parquet.ParquetToIon": {},
    "serdes.parquet.IonToParquet": {},
    "serdes.avro.AvroToIon": {},
    "serdes.avro.IonToAvro": {},
    "serdes.avro.InferAvroSchemaFromIon": {},
    "serdes.excel.ExcelToIon": {},
    "serdes.excel.IonToExcel": {},
    "serdes.yaml.YamlToIon": {},
    "serdes.yaml.IonToYaml": {},
    "serdes.yaml.YamlToJson": {},
    "serdes.yaml.JsonToYaml": {},
    "compress.ArchiveDecompress": {"algorithm": "ZIP"},
    "compress.FileDecompress": {"compression": "GZIP"},
    "core.storage.DeduplicateItems": {"expr": "{{ id }}"},
    "core.storage.FilterItems": {"filterCondition": "{{ id }}"},
    "core.storage.Split": {"regexPattern": "(a)"},
    "core.storage.Reverse": {},
}


BYTES = {"core.storage.Split", "core.storage.Reverse"}
"""They work on bytes: any file is fine."""


@pytest.mark.parametrize("name", sorted(READERS.keys() - BYTES))
def test_a_binary_file_is_refused_by_a_sentence(make_context, run_task, name: str) -> None:
    ctx = make_context()
    uri = ctx.put("data.bin", BINARY)
    with pytest.raises(FlowsmithError) as caught:
        run_task(ctx, name, **{"from": uri}, **READERS[name])
    said = caught.value.message
    assert len(said) > 20 and "codec can't decode" not in said and "Traceback" not in said, said


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_not_there_is_named(make_context, run_task, name: str) -> None:
    ctx = make_context()
    uri = ctx.put("data.bin", b"").replace("data.bin", "gone.bin")
    with pytest.raises(FlowsmithError, match=r"gone\.bin"):
        run_task(ctx, name, **{"from": uri}, **READERS[name])


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_another_execution_stays_closed(make_context, run_task, name: str) -> None:
    other = make_context(execution_id="exec2", task_run_id="run2", namespace="other").put("x.bin", b"x")
    with pytest.raises(FlowsmithError, match="didn't belong to the current execution"):
        run_task(make_context(), name, **{"from": other}, **READERS[name])


def test_text_is_not_read_from_a_binary_file(make_context, run, engine) -> None:
    ctx = make_context()
    uri = ctx.put("data.bin", BINARY)
    with pytest.raises(TaskFailure, match="is not UTF-8 text"):
        ctx.read_text(uri)
    engine.files.put("company/team/_files/data.bin", BINARY)
    ended = run(
        "id: f\nnamespace: company.team\n"
        "tasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: \"{{ read('data.bin') }}\"}]"
    )
    (said,) = [entry.message for entry in engine.logs(ended.id) if entry.level == "ERROR"]
    assert ended.state == "FAILED" and "The file 'data.bin' is not UTF-8 text" in said


def test_a_secret_in_what_fails_is_masked_everywhere(tmp_path) -> None:
    """The address of a database with its password is in the error of its driver, in the answer of a web server
    and in the message of git: none of these reaches the log, nor the outputs."""
    options = EngineOptions(
        home=tmp_path,
        environment={"SECRET_HUSH": base64.b64encode(b"s3cr3t-w0rd").decode()},
        in_memory=True,
        schedule=False,
    )
    tasks = {
        "http.Request": "uri: \"http://127.0.0.1:1/{{ secret('HUSH') }}\"",
        "sql": "url: \"jdbc:postgresql://127.0.0.1:1/{{ secret('HUSH') }}\"\n    sql: SELECT 1",
        "git": "url: \"http://ann:{{ secret('HUSH') }}@127.0.0.1:1/x.git\"",
        "fail": "errorMessage: \"it was {{ secret('HUSH') }}\"",
    }
    types = {
        "http.Request": "core.http.Request",
        "sql": "jdbc.postgresql.Query",
        "git": "git.Clone",
        "fail": "core.execution.Fail",
    }
    with Engine.open(options) as engine:
        for name, properties in tasks.items():
            row = engine.save(
                f"id: hush\nnamespace: a\ntasks:\n  - id: t\n    type: {PREFIX}{types[name]}\n    {properties}\n"
            )
            ended = engine.wait(engine.start(row.namespace, row.id).id, 30)
            said = "\n".join(entry.message for entry in engine.logs(ended.id))
            assert ended.state == "FAILED", name
            assert said and "s3cr3t-w0rd" not in said, name
            assert "s3cr3t-w0rd" not in repr(ended), name


def test_every_reader_is_in_the_list() -> None:
    readers = {
        name.removeprefix(PREFIX)
        for name in REGISTRY.names()
        if name.startswith((f"{PREFIX}serdes.", f"{PREFIX}core.storage."))
        and "from_" in REGISTRY.resolve(name).model_fields
    }
    assert readers - READERS.keys() == set()
