"""Small core tasks: sleep, pause, fail, subflow, key-value entries, files of the run."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.phrase import message_of, pronoun, subject_of
from copilot.planner.rules.rows.python import merge_python
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import find_duration
from engine.model.json import Json

SLEEP = "io.kestra.plugin.core.flow.Sleep"
PAUSE = "io.kestra.plugin.core.flow.Pause"
SUBFLOW = "io.kestra.plugin.core.flow.Subflow"
FAIL = "io.kestra.plugin.core.execution.Fail"
SET_VARIABLES = "io.kestra.plugin.core.execution.SetVariables"
PURGE = "io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles"
KV_SET = "io.kestra.plugin.core.kv.Set"
KV_GET = "io.kestra.plugin.core.kv.Get"
KV_DELETE = "io.kestra.plugin.core.kv.Delete"
WRITE = "io.kestra.plugin.core.storage.Write"
PYTHON = "io.kestra.plugin.scripts.python.Script"
PROCESS = "io.kestra.plugin.core.runner.Process"
CONCAT = "io.kestra.plugin.core.storage.Concat"


def _fill_sleep(act: Act, scene: Scene) -> list[Step] | None:
    duration = find_duration(act.text)
    if duration is not None:
        return [scene.step(SLEEP, "sleep", act, {"duration": duration.iso})]
    for item in scene.inputs:
        named = snake(item.id) in snake(act.text) or act.has(
            r"\b(?:that|this|as) (?:long|time|much|many|duration)\b"
        )
        if item.type in ("DURATION", "INT") and named:
            unit = "M" if "minute" in item.id else "H" if "hour" in item.id else "S"
            given = f"{{{{ inputs.{item.id} }}}}"
            duration_text = given if item.type == "DURATION" else f"PT{given}{unit}"
            return [scene.step(SLEEP, "sleep", act, {"duration": duration_text})]
    return None


def _fill_pause(act: Act, scene: Scene) -> list[Step] | None:
    values: dict[str, Json] = {}
    duration = find_duration(act.text)
    if duration is not None and scene.types.find(PAUSE) is not None:
        values["pauseDuration"] = duration.iso
    return [scene.step(PAUSE, "wait_for_approval", act, values)]


_FLOW = re.compile(
    (
        r"\b(?:sub-?flow|flow|workflow)\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧"
        r"|[A-Za-z0-9][\w.-]*\w)|\bthe\s+(?P<b>⟦\d+⟧|[A-Za-z0-9][\w.-]*)\s+(?:sub-?flow|flow"
        r"|workflow)\b"
    ),
    re.IGNORECASE,
)
_NAMESPACE = re.compile(
    r"\b(?:in|of|from)\s+(?:the\s+)?namespace\s+(?P<ns>⟦\d+⟧|[a-z0-9][\w.-]*\w)", re.IGNORECASE
)
_WITH = re.compile(r"\b(?P<key>[a-z_]\w*)\s*(?:=|:|\bset to\b)\s*(?P<value>⟦\d+⟧|[\w.-]+)", re.IGNORECASE)


def _fill_subflow(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    match = _FLOW.search(text)
    if match is None:
        return None
    said = match["a"] or match["b"]
    literal = scene.masked.inside(said)
    name = literal[0].value if literal else said
    space = _NAMESPACE.search(text)
    namespace = scene.namespace
    if space:
        inside = scene.masked.inside(space["ns"])
        namespace = inside[0].value if inside else space["ns"]
    elif "." in name:
        namespace, _, name = name.rpartition(".")
    values: dict[str, Json] = {"namespace": namespace, "flowId": name}
    given = _given(text[match.end() :], scene)
    if given:
        values["inputs"] = given
    if act.has(r"without waiting|do(?:n't| not) wait|in the background"):
        values["wait"] = False
    step = scene.step(SUBFLOW, f"call_{name}", act, values)
    scene.gives(step, "value", "outputs")
    return [step]


def _given(text: str, scene: Scene) -> dict[str, Json]:
    given: dict[str, Json] = {}
    for match in _WITH.finditer(text):
        literal = scene.masked.inside(match["value"])
        known = None if literal else scene.lookup(match["value"])
        given[match["key"]] = (
            scene.fill_text(literal[0].value)
            if literal
            else f"{{{{ {known} }}}}"
            if known
            else match["value"]
        )
    if given:
        return given
    passed = re.search(r"\b(?:with|passing|giving it|pass(?:ing)? it)\s+(?P<what>.+)$", text, re.IGNORECASE)
    for part in re.split(r"\s*(?:,|\band\b)\s*", passed["what"]) if passed else ():
        plain = re.sub(
            r"^(?:the|a|an)\s+|\s+(?:as (?:an? )?input|to it)$", "", part.strip(), flags=re.IGNORECASE
        )
        if (known := subject_of(plain, scene)) is not None:
            given[snake(plain) or "value"] = f"{{{{ {known} }}}}"
    return given


def _fill_fail(act: Act, scene: Scene) -> list[Step] | None:
    values: dict[str, Json] = {}
    texts = act.of("text", "code")
    if texts:
        values["errorMessage"] = scene.fill_text(texts[0].value)
    elif match := act.find(
        r"\b(?:with|saying|message|because)\s+(?:the\s+)?(?:message\s+|error\s+)?(?P<why>.+)$"
    ):
        values["errorMessage"] = message_of(match["why"], scene.masked, scene)
    return [scene.step(FAIL, "fail", act, values)]


def _fill_purge(act: Act, scene: Scene) -> list[Step] | None:
    return [scene.step(PURGE, "purge_files", act, {})]


# --- key-value ---------------------------------------------------------------------------------------------

_KEY = re.compile(
    (
        r"\b(?:key|kv|entry|kv pair|kv entry)\s+(?:called\s+|named\s+|of\s+)?(?P<key>⟦\d+⟧"
        r"|(?!(?:store|pair|entry|under|as|with|in|into|to|and|is|for|value|key)\b)[A-Za-z0-9][\w.-]*)|\b(?:under|as|with)\s+(?:the\s+)?(?:key\s+"
        r"|name\s+)?(?P<key2>⟦\d+⟧|(?!the\b|a\b|kv\b|an\b"
        r"|key\b)[A-Za-z0-9][\w.-]*)(?=\s+(?:in|to|into)\s+(?:the\s+)?(?:kv|key)|\s+for\b|\s*$)"
    ),
    re.IGNORECASE,
)
_SET_TO = re.compile(
    (
        r"\bset\s+(?:the\s+)?(?:kv\s+|key\s+)*(?P<key>⟦\d+⟧|[A-Za-z][\w.-]*)\s+(?:to"
        r"|=)\s+(?P<value>.+?)(?:\s+in (?:the )?(?:kv|key).*)?$|\bkey\s+(?P<key2>⟦\d+⟧"
        r"|[\w.-]+)\s+(?:to|with(?: the)? value|=|:)\s+(?P<value2>.+)$"
    ),
    re.IGNORECASE,
)


def _plain(text: str, scene: Scene) -> str:
    literal = scene.masked.inside(text)
    return literal[0].value if literal else text.strip(" ,")


def _fill_kv_set(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    key, value = "", ""
    if match := _SET_TO.search(text):
        key, value = match["key"] or match["key2"], match["value"] or match["value2"]
    elif match := _KEY.search(text):
        key = match["key"] or match["key2"]
        before = re.sub(
            r"^\s*(?:save|store|put|write|keep|remember|set|cache)\s+",
            "",
            text[: match.start()],
            flags=re.IGNORECASE,
        )
        value = re.sub(
            (
                r"\s+(?:in|into|to)\s+(?:the\s+)?(?:kv|key-?value)(?:[- ]?(?:store|pair|entry))?.*$"
                r"|\s+(?:in|into|with|under)(?:\s+the)?$"
            ),
            "",
            before.strip(),
            flags=re.IGNORECASE,
        )
    if not key:
        return None
    values: dict[str, Json] = {
        "key": re.sub(r"[^\w.-]", "_", _plain(key, scene)),
        "value": _kv_value(value, scene),
    }
    ttl = re.search(r"\b(?:for|ttl(?: of)?|expir\w+ (?:after|in))\s+", text)
    if ttl and (duration := find_duration(text, ttl.end())):
        values["ttl"] = duration.iso
    if values["value"] == "":
        return None
    scene.last_key = str(values["key"])
    return [scene.step(KV_SET, f"set_{_plain(key, scene)}", act, values)]


def _kv_value(text: str, scene: Scene) -> str:
    text = text.strip(" ,")
    if not text:
        known = pronoun(scene)
        return f"{{{{ {known} }}}}" if known else ""
    return message_of(text, scene.masked, scene)


def _fill_kv_get(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    match = _KEY.search(text) or re.search(
        (
            r"\b(?:read|get|fetch|load)\s+(?:the\s+)?(?:value\s+(?:of\s+)?)?(?P<key>⟦\d+⟧"
            r"|[\w.-]+)\s+from\s+(?:the\s+)?(?:kv|key)"
        ),
        text,
        re.IGNORECASE,
    )
    if match is None and not scene.last_key:
        return None
    said = match.groupdict() if match else {}
    key = _plain(said.get("key") or said.get("key2") or scene.last_key, scene)
    step = scene.step(KV_GET, f"get_{key}", act, {"key": key})
    scene.last_key = key
    scene.gives(step, "value", "value", subject=snake(key))
    return [step]


def _fill_kv_delete(act: Act, scene: Scene) -> list[Step] | None:
    match = _KEY.search(" ".join(act.text.split()))
    key = _plain(match["key"] or match["key2"], scene) if match else ""
    return [scene.step(KV_DELETE, f"delete_{key}", act, {"key": key})] if key else None


def _fill_concat(act: Act, scene: Scene) -> list[Step] | None:
    files = [carrier for carrier in scene.files() if not carrier.compressed]
    if len(files) < 2:
        return None
    format_ = files[0].format
    if format_ in ("csv", "json") and all(item.format == format_ for item in files) and scene.has(PYTHON):
        return [_merged_rows(files, act, scene)]
    extension = f".{format_}" if format_ else ".tmp"
    step = scene.step(
        CONCAT,
        "concat",
        act,
        {"files": [f"{{{{ {scene.address(item)} }}}}" for item in files], "extension": extension},
    )
    scene.gives(step, "file", "uri", format=files[0].format, name=f"data{extension}")
    return [step]


def _merged_rows(files: list[Carrier], act: Act, scene: Scene) -> Step:
    """Make the script that joins files of rows: headers are no rows, so bytes cannot be joined."""
    names = [f"{item.step}.{item.format}" for item in files]
    target = f"merged.{files[0].format}"
    values: dict[str, Json] = {
        "taskRunner": {"type": PROCESS}, "outputFiles": [target], "script": merge_python(names, target)
    }  # fmt: skip
    step = scene.step(PYTHON, "merge", act, values)
    for item, name in zip(files, names, strict=True):
        step.wiring[f"inputFiles/{name}"] = scene.address(item)
    scene.gives(step, "value", "vars", "rows", subject="row_count")
    scene.gives(step, "file", "outputFiles", target, format=files[0].format, name=target, records=True)
    return step


def _fill_write(act: Act, scene: Scene) -> list[Step] | None:
    texts = [literal.value for literal in act.of("text", "code")]
    known = pronoun(scene)
    if not texts and not known:
        return None
    extension = next((f".{item.value.rpartition('.')[2]}" for item in act.of("file")), ".txt")
    said = act.find(
        r"^(?:write|save|store|put)\s+(?P<what>.+?)\s+(?:in|into|to|as)\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:text\s+)?file\b"
    )
    made = subject_of(said["what"], scene) if said and not texts else None
    content = scene.fill_text(texts[0]) if texts else f"{{{{ {made or known} }}}}"
    step = scene.step(WRITE, "write_file", act, {"content": content, "extension": extension})
    scene.gives(
        step,
        "file",
        "uri",
        format={".csv": "csv", ".json": "json"}.get(extension, "text"),
        name=f"data{extension}",
    )
    return [step]


_VARIABLE = re.compile(
    r"\b(?:set|store|save|define|put)\b.*?\bvariable\s+(?:called\s+|named\s+)?(?P<name>⟦\d+⟧|[A-Za-z_]\w*)\s*"
    r"(?:to|=|:|as|with(?: the)? value)\s*(?P<value>.+)$"
    r"|\b(?:save|store|put|keep)\s+(?P<value2>.+?)\s+(?:in|as|into)\s+(?:an?\s+|the\s+)?variable\s+"
    r"(?:called\s+|named\s+)?(?P<name2>⟦\d+⟧|[A-Za-z_]\w*)$",
    re.IGNORECASE,
)


def _fill_variable(act: Act, scene: Scene) -> list[Step] | None:
    match = _VARIABLE.search(" ".join(act.text.split()))
    if match is None:
        return None
    name = snake(_plain(match["name"] or match["name2"], scene))
    said = (match["value"] or match["value2"]).strip()
    value: Json = int(said) if re.fullmatch(r"-?\d{1,15}", said) else message_of(said, scene.masked, scene)
    if value == "" or not name:
        return None
    step = scene.step(SET_VARIABLES, f"set_{name}", act, {"variables": {name: value}})
    scene.carriers.append(Carrier("value", step.id, (), step.type, given=f"vars.{name}", subject=name))
    return [step]


def _score_set_plain(act: Act, scene: Scene) -> float:
    if MARK.sub("", act.low).startswith("set ") and re.search(r"\bset\s+\S+\s+to\s+", act.low):
        return 0.35
    return 0.0


def _score_kv_set(act: Act, scene: Scene) -> float:
    kv = words(
        (r"\b(?:save|store|put|write|keep|set|remember|cache|update)\b.*\b(?:kv|key[- ]?value|key)\b", 0.95),
        (r"\bkv(?: store| pair)?\b.*\bset\b", 0.9),
        unless=r"\b(?:primary|unique|foreign|api) key\b|^(?:read|get|fetch|load|delete)\b",
    )
    return max(kv(act, scene), _score_set_plain(act, scene))


def _score_kv_get(act: Act, scene: Scene) -> float:
    kv = words(
        (r"\b(?:read|get|fetch|load|look up|retrieve)\b.*\b(?:kv|key[- ]?value|key)\b", 0.95),
        (r"^(?:read|get|fetch|load) (?:it|that|the value) (?:back|again)\b", 0.9),
        unless=r"\bapi key\b|\bprimary key\b",
    )
    again = scene.last_key and act.has(
        r"^(?:read|get|fetch|load|retrieve) (?:it|that|the value)(?: (?:back|again))?$"
    )
    return max(kv(act, scene), 0.9 if again else 0.0)


RULES = (
    Rule(
        SLEEP,
        words(
            (
                (
                    r"^(?:sleep|wait|pause|hold|delay)\b(?!.*\b(?:approv|confirm|until"
                    r"|manual)).*(?:second|minute|hour|day|\bms\b|\d+ ?[smh]\b|\bpt\d)"
                ),
                0.95,
            ),
            (r"\bwait(?:ing)? (?:for )?(?:a|an|\d+|one|two|three|five|ten) (?:second|minute|hour)", 0.9),
            (r"^(?:sleep|wait|delay)\b", 0.6),
        ),
        _fill_sleep,
    ),
    Rule(
        PAUSE,
        words(
            (
                r"\b(?:approv(?:al|e)|manual(?:ly)?|human|sign-?off|confirm(?:ation|s)?|someone|resume)\b.*",
                0.85,
            ),
            (r"^pause\b", 0.7),
            unless=r"^log\b|^say\b|^send\b|^print\b",
        ),
        _fill_pause,
    ),
    Rule(
        SUBFLOW,
        words(
            (r"\b(?:call|run|trigger|start|execute|invoke|launch)\b.*\b(?:sub-?flow|flow|workflow)\b", 0.94),
            (r"\bsub-?flow\b", 0.9),
            (r"^(?:the )?flow [\w.⟦⟧-]+(?: (?:with|in namespace)\b.*)?$", 0.8),
            unless=r"\b(?:this|the) flow (?:every|at|on)\b",
        ),
        _fill_subflow,
    ),
    Rule(
        FAIL,
        words(
            (r"^(?:fail|raise an error|abort|throw)\b", 0.92),
            (r"^(?:stop|end)\b.*\b(?:error|fail|failure|failed)\b", 0.92),
            (r"\b(?:make|let) (?:it|the (?:flow|execution|run)) fail\b|^stop\b", 0.75),
        ),
        _fill_fail,
    ),
    Rule(
        PURGE,
        words(
            (
                (
                    r"\b(?:delete|purge|clean(?: up)?|remove|clear)\b.*\b(?:files|temporary|temp|storage"
                    r"|downloads?|execution)\b"
                ),
                0.92,
            ),
            (r"^(?:purge|clean ?up)\b", 0.8),
            unless=r"\bkey\b|\btable\b|\bcolumn|\bbucket\b|\brows?\b",
        ),
        _fill_purge,
    ),
    Rule(
        SET_VARIABLES,
        words(
            (r"\b(?:set|store|save|define|put|keep)\b.*\bvariable\b", 0.94), unless=r"\benvironment variable"
        ),
        _fill_variable,
    ),
    Rule(KV_SET, _score_kv_set, _fill_kv_set),
    Rule(KV_GET, _score_kv_get, _fill_kv_get),
    Rule(
        KV_DELETE,
        words((r"\b(?:delete|remove|drop)\b.*\b(?:kv|key)\b", 0.96), unless=r"\bprimary key\b"),
        _fill_kv_delete,
    ),
    Rule(
        CONCAT,
        words(
            (r"\b(?:concat(?:enate)?|combine|merge|join|union|append)\b.*\b(?:files?|csvs?|both|two)\b", 0.9),
            (
                (
                    r"^(?:concat(?:enate)?|combine|merge|union) (?:them|it|everything|all"
                    r"|the (?:results?|data|rows|downloads?))\b"
                ),
                0.88,
            ),
            unless=r"\bpostgres|\btable\b|\bbigquery\b|\b(?:on|by|using) (?:the )?(?:\w*_?id|key)\b",
        ),
        _fill_concat,
    ),
    Rule(
        WRITE,
        words(
            (r"\b(?:write|save|store|put)\b.*\b(?:file)\b", 0.6),
            unless=r"\b(?:python|duckdb|gcs|bucket|s3|table|postgres|bigquery|csv|parquet|kv|key)\b",
        ),
        _fill_write,
    ),
)
