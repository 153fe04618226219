"""Formats: CSV, JSON, Parquet, Excel, Avro, XML, YAML into one another, by rows in Ion."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import source_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

_SERDES = "io.kestra.plugin.serdes"
WRITE = "io.kestra.plugin.core.storage.Write"
DECOMPRESS = "io.kestra.plugin.compress.FileDecompress"
COMPRESS = "io.kestra.plugin.compress.FileCompress"
_READERS: dict[str, str] = {
    "csv": "csv.CsvToIon",
    "json": "json.JsonToIon",
    "jsonl": "json.JsonToIon",
    "parquet": "parquet.ParquetToIon",
    "avro": "avro.AvroToIon",
    "excel": "excel.ExcelToIon",
    "xml": "xml.XmlToIon",
    "yaml": "yaml.YamlToIon",
}
_WRITERS: dict[str, tuple[str, str]] = {
    "csv": ("csv.IonToCsv", "csv"),
    "json": ("json.IonToJson", "json"),
    "jsonl": ("json.IonToJson", "jsonl"),
    "parquet": ("parquet.IonToParquet", "parquet"),
    "avro": ("avro.IonToAvro", "avro"),
    "excel": ("excel.IonToExcel", "xlsx"),
    "xml": ("xml.IonToXml", "xml"),
    "yaml": ("yaml.IonToYaml", "yaml"),
}
_DIRECT: dict[tuple[str, str], str] = {
    ("json", "yaml"): "yaml.JsonToYaml",
    ("yaml", "json"): "yaml.YamlToJson",
    ("json", "jsonl"): "json.JsonToJsonl",
}
_NAMES: dict[str, str] = {
    "xlsx": "excel",
    "xls": "excel",
    "spreadsheet": "excel",
    "ndjson": "jsonl",
    "json lines": "jsonl",
    "yml": "yaml",
}
FORMAT = r"csv|jsonl|ndjson|json lines|json|parquet|avro|excel|xlsx?|spreadsheet|xml|ya?ml"
_TO = re.compile(
    rf"\b(?:to|into|as|in)\s+(?:an?\s+|the\s+)?(?:new\s+|single\s+|compressed\s+)?(?P<format>{FORMAT})\b"
    r"(?:\s+(?:file|format|workbook|sheet|document))?",
    re.IGNORECASE,
)
_VERB = (
    r"\b(?:convert|turn|transform|change|save|write|store|export|dump|put|output|keep|load|"
    r"unload|copy|extract|read|get|fetch)\b"
)


def wanted_format(text: str) -> str | None:
    """Return the format a clause asks for: `into a Parquet file`, `as Excel`."""
    match = _TO.search(text)
    if match is None:
        return None
    low = match["format"].lower()
    return _NAMES.get(low, low)


def file_format(source: Carrier, target: str, text: str) -> str | None:
    """Return the format a file must have where it goes, by the words or its new name; rows never stay Ion."""
    said = wanted_format(text)
    now = source.format if source.kind == "file" else "json"
    suffix = target.removesuffix(".gz").rpartition(".")[2].lower() if "." in target else ""
    named = {"xlsx": "excel", "yml": "yaml", "ndjson": "jsonl"}.get(suffix, suffix)
    wanted = said or (named if named in _WRITERS and (now in _READERS or now == "ion") else None)
    if source.kind != "file" and wanted is None:
        return "json"
    if source.format == "ion" and source.kind == "file" and wanted is None:
        return "jsonl" if source.subject == "messages" else "csv"
    return wanted


def converted(carrier: Carrier, target: str, act: Act, scene: Scene, steps: list[Step]) -> Carrier | None:
    """Add the steps that bring a file into a format; None where no installed type can."""
    carrier = stored(carrier, act, scene, steps)
    if carrier.compressed:
        step = _made(DECOMPRESS, "decompress", act, scene, carrier, {"compression": "GZIP"})
        carrier = _gives(step, scene, carrier, carrier.format, carrier.name.removesuffix(".gz"), steps)
    if carrier.format == target:
        return carrier
    direct = _DIRECT.get((carrier.format, target))
    if direct and scene.has(f"{_SERDES}.{direct}"):
        step = _made(f"{_SERDES}.{direct}", f"to_{target}", act, scene, carrier, {})
        return _gives(step, scene, carrier, target, f"data.{target}", steps)
    rows = carrier if carrier.format == "ion" else _to_ion(carrier, act, scene, steps)
    if rows is None or target == "ion":
        return rows
    writer = _WRITERS.get(target)
    if writer is None or not scene.has(f"{_SERDES}.{writer[0]}"):
        return None
    values: dict[str, Json] = {}
    if target in ("json", "jsonl"):
        values["newLine"] = target == "jsonl"
    step = _made(f"{_SERDES}.{writer[0]}", f"to_{target}", act, scene, rows, values)
    return _gives(step, scene, rows, target, f"{carrier.subject or 'data'}.{writer[1]}", steps)


def packed(source: Carrier, target: str, act: Act, scene: Scene, steps: list[Step]) -> Carrier:
    """Return a file as its new name promises: gzipped where that ends in `.gz`."""
    if not target.lower().endswith(".gz") or source.compressed or source.name.endswith(".gz"):
        return source
    step = _made(COMPRESS, "compress", act, scene, source, {"compression": "GZIP"})
    steps.append(step)
    facts = {
        "format": source.format,
        "name": f"{source.name}.gz",
        "compressed": True,
        "subject": source.subject,
    }
    return scene.gives(step, "file", "uri", **facts)


def _to_ion(carrier: Carrier, act: Act, scene: Scene, steps: list[Step]) -> Carrier | None:
    reader = _READERS.get(carrier.format)
    if reader is None or not scene.has(f"{_SERDES}.{reader}"):
        return None
    values: dict[str, Json] = {"newLine": False} if carrier.format == "json" else {}
    step = _made(f"{_SERDES}.{reader}", f"read_{carrier.format}", act, scene, carrier, values)
    if carrier.format != "excel":
        return _gives(step, scene, carrier, "ion", "rows.ion", steps)
    sheet = act.find(r"\bsheet\s+(?:called\s+|named\s+)?(?P<name>⟦\d+⟧|[A-Za-z]\w*)")
    if sheet is None:
        scene.note("The first sheet of the workbook is read; name another as `sheetsTitle`.")
        steps.append(step)
        found = scene.gives(step, "file", "uris", format="ion", name="rows.ion", subject=carrier.subject)
        first = f"({scene.address(found)} | values | first)"
        scene.carriers[-1] = Carrier(
            "file", step.id, (), step.type, format="ion", name="rows.ion", given=first, loops=found.loops,
            records=True, subject=carrier.subject,
        )  # fmt: skip
        return scene.carriers[-1]
    literal = scene.masked.inside(sheet["name"])
    title = literal[0].value if literal else sheet["name"]
    step.values["sheetsTitle"] = [title]
    steps.append(step)
    return scene.gives(
        step, "file", "uris", title, format="ion", name="rows.ion", records=True, subject=carrier.subject
    )


def stored(carrier: Carrier, act: Act, scene: Scene, steps: list[Step]) -> Carrier:
    """Return something as a stored file: rows and answers are written into one."""
    if carrier.kind == "file" and not carrier.piped:
        return carrier
    if carrier.subject in ("files", "objects"):
        return carrier  # a list of files is no file
    text = carrier.as_file()
    content = f"{{{{ {scene.content(text)} }}}}"
    step = scene.step(WRITE, "write_file", Act("", act.words, []), {"content": content, "extension": ".json"})
    steps.append(step)
    return scene.gives(
        step, "file", "uri", format="json", name=text.name, subject=carrier.subject, records=text.records
    )


def _made(type_id: str, name: str, act: Act, scene: Scene, source: Carrier, values: dict[str, Json]) -> Step:
    step = scene.step(type_id, name, Act("", act.words, []), values)
    step.wiring["from"] = scene.address(source)
    return step


def _gives(step: Step, scene: Scene, source: Carrier, format_: str, name: str, steps: list[Step]) -> Carrier:
    steps.append(step)
    if step.type.startswith(_SERDES):
        scene.gives(step, "value", "size", subject="row_count")
    return scene.gives(
        step,
        "file",
        "uri",
        format=format_,
        name=name,
        subject=source.subject,
        columns=source.columns,
        records=True,
    )


def _source(act: Act, scene: Scene) -> str | None:
    """Return the format of what a clause would convert."""
    if (url := act.first("url")) is not None:
        from_url = re.search(rf"\.({FORMAT})(?:\.gz)?(?:$|\?)", url.lower())
        return _NAMES.get(from_url[1], from_url[1]) if from_url else None
    newest = scene.latest("file", "rows", "response")
    if newest is None:
        return None
    return newest.format if newest.kind == "file" else "json"


_BY_DUCKDB = frozenset({"csv", "json", "jsonl", "parquet"})


def _score(act: Act, scene: Scene) -> float:
    target = wanted_format(" ".join(act.text.split()))
    source = _source(act, scene)
    if target is None or source is None or not act.has(_VERB) or target == source:
        return 0.0
    if act.has(r"\b(?:duck ?db|python|pandas|table|postgres\w*|bucket|s3|slack|mail)\b") or act.of("bucket"):
        return 0.0
    if {source, target} <= _BY_DUCKDB or source not in {*_READERS, "ion"}:
        return 0.0  # DuckDB and scripts keep the types of columns there
    return 0.0 if read_rows(act.text, scene.masked, scene) else 0.985


def _fill(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    source = (
        scene.latest("file", "rows", "response") if act.first("url") is None else source_of(act, scene, steps)
    )
    target = wanted_format(" ".join(act.text.split()))
    if source is None or target is None:
        return None
    return steps if converted(source, target, act, scene, steps) is not None else None


RULES = (Rule(f"{_SERDES}.csv.CsvToIon", _score, _fill),)
