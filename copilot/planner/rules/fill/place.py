"""Places in words: buckets, paths, servers, and where each system of the catalogue is reached."""

from __future__ import annotations

import re
from posixpath import basename

from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import file_name, format_of
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

AWS = "io.kestra.plugin.aws"
HOST = r"(?:(?:[a-z0-9][\w-]*\.)+[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}|localhost)"
_REGION = re.compile(
    r"\b(?:us|eu|ap|sa|ca|me|af|il)-(?:gov-)?(?:north|south|east|west|central|northeast|southeast)+-\d\b"
)
_NAMED_BUCKET = re.compile(
    r"\bbucket\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|(?!(?:in|with|and|on|as|for|at|of|under|to)\b)"
    r"[a-z0-9][\w.-]*)"
    r"|\b(?:the\s+|my\s+|our\s+)?(?P<b>⟦\d+⟧|(?!(?:s3|the|my|our|a|an|gcs|new|this|that)\b)"
    r"[a-z0-9][\w.-]*)\s+(?:s3\s+)?bucket\b",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"\b(?:as|under|with the (?:key|name|path)|key|prefix|folder|path|called|named)\s+(?:the\s+)?"
    r"(?:(?:key|prefix|folder|name|path)\s+)?(?P<key>⟦\d+⟧|[\w{}.-]+/[\w{}./-]*|(?<=prefix )[\w-]+)",
    re.IGNORECASE,
)


def said(text: str, scene: Scene) -> str:
    """Return a name as the user wrote it, names in braces filled in."""
    literal = scene.masked.inside(text)
    return scene.fill_or_ask(literal[0].value if literal else text)


def region_of(text: str) -> str | None:
    """Return the region of Amazon a text names."""
    match = _REGION.search(text)
    return match[0] if match else None


def connect_s3(act: Act, scene: Scene) -> None:
    """Put keys and region where all steps of Amazon share them."""
    if re.search(r"\bminio\b", scene.request, re.IGNORECASE):
        scene.default(AWS, {"endpointOverride": "{{ kv('S3_ENDPOINT') }}", "compatibilityMode": True})
        scene.note(
            "MinIO is reached at the address in the key S3_ENDPOINT of this namespace's key-value store."
        )
    region = region_of(act.low) or region_of(scene.request.lower())
    scene.default(
        AWS,
        {
            "accessKeyId": "{{ secret('AWS_ACCESS_KEY_ID') }}",
            "secretKeyId": "{{ secret('AWS_SECRET_ACCESS_KEY') }}",
            "region": region or "{{ kv('AWS_REGION') }}",
        },
    )
    scene.note(
        "Amazon S3 needs the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (environment variables "
        "SECRET_…, base64)"
        + ("." if region else " and the key AWS_REGION in this namespace's key-value store.")
    )


def s3_place(act: Act, scene: Scene) -> tuple[str, str] | None:
    """Return bucket and key (or prefix, maybe empty) a clause names; None without a bucket."""
    for literal in act.of("bucket"):
        if literal.value.startswith("s3://"):
            bucket, _, key = scene.fill_or_ask(literal.value)[5:].partition("/")
            scene.last_bucket = bucket
            return bucket, key
    text = " ".join(act.text.split())
    match = _NAMED_BUCKET.search(text)
    bucket = said(match["a"] or match["b"], scene) if match else scene.last_bucket
    if not bucket or "://" in bucket:
        return None
    scene.last_bucket = bucket
    found = _KEY.search(text)
    named = act.of("file")
    if found is None and len(named) == 1:  # `delete reports/2020.csv from the bucket old`
        return bucket, scene.fill_or_ask(named[0].value)
    return bucket, said(found["key"], scene) if found else ""


SERVERS = {"sftp": "22", "ftps": "990", "ftp": "21"}
"""File servers and the ports they usually listen on."""


def server_of(act: Act, scene: Scene) -> str | None:
    """Return the kind of file server a clause speaks of."""
    return server_kind(act.low) or next(
        (kind for kind in SERVERS if any(item.value.startswith(f"{kind}://") for item in act.of("address"))),
        None,
    )


def server_kind(text: str) -> str | None:
    """Return `sftp`, `ftps` or `ftp` when a text names one."""
    return next((kind for kind in SERVERS if re.search(rf"\b{kind}\b", text.lower())), None)


def connect_server(kind: str, text: str, scene: Scene) -> dict[str, Json]:
    """Return host, port and login of a file server: said in the words, else keys and secrets."""
    host = next(
        (found for pattern in _hosts(kind) if (found := re.search(pattern, text, re.IGNORECASE))), None
    )
    login = scene.logins.get(kind, {})
    user = re.search(r"\b(?:as|with)\s+(?:the\s+)?user\s+([\w.-]*\w)", text, re.IGNORECASE)
    name = kind.upper()
    if not login.get("password"):
        scene.note(
            f"The {name} server needs the secrets {name}_USERNAME and {name}_PASSWORD (environment variables "
            "SECRET_…, base64)"
            + ("." if host else f" and the key {name}_HOST in this namespace's key-value store.")
        )
    return {
        "host": host["host"] if host else f"{{{{ kv('{name}_HOST') }}}}",
        "port": (host["port"] if host else None) or SERVERS[kind],
        "username": login.get("username") or (user[1] if user else f"{{{{ secret('{name}_USERNAME') }}}}"),
        "password": login.get("password") or f"{{{{ secret('{name}_PASSWORD') }}}}",
    }


def _hosts(kind: str) -> tuple[str, ...]:
    host = rf"\(?(?P<host>{HOST})(?::(?P<port>\d{{2,5}}))?(?![\w-])"
    between = r"(?:(?:at|on|of|called|named|is|to|from)\s+)*"
    via = r"\b(?:over|via|by|using|with|through)\s+(?:the\s+)?"
    return (
        rf"\b{kind}://(?:[^@/\s]*@)?{host}",
        rf"\b{kind}\b(?:[- ](?:server|host|site|drop|account|box|folder))*\s+{between}{host}",
        rf"{via}{kind}\b.*?\b(?:from|at|on|to|of)\s+(?:the\s+)?(?:host\s+|server\s+)?{host}",
        rf"\b(?:from|at|on|to|host|server)\s+(?:the\s+)?(?:host\s+|server\s+)?{host}.*?{via}{kind}\b",
        rf"\b{host}\s+{kind}\b",
    )


def path_of(act: Act, scene: Scene) -> str | None:
    """Return the path on a server or this machine a clause names."""
    for literal in act.of("address"):
        if (parts := re.match(r"\w+://[^/]+(?P<path>/.+)$", literal.value)) is not None:
            return scene.fill_text(parts["path"])
    folder, name = act.first("path"), act.first("file")
    if folder and name and is_folder(folder) and "/" not in name:  # `a.csv from the folder /out`
        return scene.fill_or_ask(f"{folder.rstrip('/')}/{name}")
    return scene.fill_or_ask(folder or name or "") or None


def is_folder(path: str) -> bool:
    """Whether a path names a folder or several files: no extension, a star, or a slash at its end."""
    name = basename(path)
    return not name or "*" in name or ("." not in name and "{{" not in name)


_KINDS = r"(?:csv|json|jsonl|parquet|xml|xlsx|excel|txt|text|zip|gz|avro|log|pdf|yaml)"


def pattern_of(path: str, act: Act) -> tuple[str, str | None]:
    """Return the folder and the pattern of the names in it: `/in/*.csv`, `all CSV files in /in`."""
    folder, _, name = path.rpartition("/")
    if "*" in name:
        return f"{folder}/", re.sub(r"\\\*", ".*", re.escape(name)).join((".*/", ""))
    kind = act.find(
        rf"\b(?P<kind>{_KINDS})\s+files?\b|\bfiles?\s+ending (?:in|with)\s+\.?(?P<kind2>\w+)"
        rf"|(?:^list|\b(?:every|each|all|the))\s+(?:the\s+)?[.]?(?P<kind3>{_KINDS})s?\s+(?:in|from|of|at|under|on)\b"
    )
    extension = (kind["kind"] or kind["kind2"] or kind["kind3"]).lower() if kind else ""
    extension = {"excel": "xlsx", "text": "txt"}.get(extension, extension)
    return path, rf".*\.{extension}" if extension else None


def file_facts(path: str, said_words: str = "") -> dict[str, object]:
    """Return format, compression and a plain name for what is read from a path."""
    name = basename(path)
    suffix = name.removesuffix(".gz").rpartition(".")[2].lower() if "." in name else ""
    known = {
        "avro": "avro",
        "xlsx": "excel",
        "yaml": "yaml",
        "yml": "yaml",
        "ion": "ion",
        "tgz": "zip",
        "tar": "zip",
    }
    if suffix in known and not name.endswith(".gz"):
        return {"format": known[suffix], "name": f"data.{suffix}", "subject": _subject(name)}
    format_, compressed = format_of(name, said_words)
    unknown = suffix not in (
        "csv",
        "tsv",
        "json",
        "jsonl",
        "ndjson",
        "parquet",
        "xml",
        "txt",
        "zip",
        "html",
        "",
    )
    if unknown or ("." not in name and format_ == "json" and "json" not in said_words.lower()):
        format_ = ""
    return {
        "format": format_,
        "compressed": compressed,
        "name": file_name("", format_, compressed) if format_ else f"data{'.gz' if compressed else ''}",
        "subject": _subject(name),
    }


def _subject(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"\{\{.*?\}\}", "", name.partition(".")[0])).strip("_")[:30]
