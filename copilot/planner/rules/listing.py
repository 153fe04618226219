"""Files and objects that were listed: their names, their number, a loop over them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act, Loop, Node
from copilot.planner.rules.fill.bucket import about, listed
from copilot.planner.rules.fill.place import file_facts
from copilot.planner.rules.fill.transfer import taken
from copilot.planner.rules.loop_values import Values
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import singular

_THING = r"(?:files?|objects?|keys?|blobs?|csvs?|documents?|archives?)"
_HEAD = re.compile(rf"^(?:the\s+|new\s+|all\s+)*(?:\w+\s+)?(?P<noun>{_THING})\b(?P<at>.*)$", re.IGNORECASE)


def loop_over(node: Loop, scene: Scene) -> tuple[list[Step], Values] | None:
    """Return the steps that list what `for each file in s3://…` goes over, and its values."""
    match = _HEAD.match(node.head.strip())
    if match is None:
        return None
    act = Act(f"list {node.head}", node.words, scene.masked.inside(node.head))
    if about(act, scene) and (act.of("bucket") or "bucket" in act.low):
        step = listed(act, scene)
        values = Values("object", f"{{{{ outputs.{step.id}.objects | jq('.[].key') }}}}") if step else None
        if step is not None and values is not None:
            _download_first(node)
            return [step], values
    if act.of("path") and not act.of("bucket"):
        step = taken(act, scene)
        if step is not None:
            return [step], Values("file", f"{{{{ outputs.{step.id}.files | jq('.[].uri') }}}}", files=True)
    newest = next(
        (
            item
            for item in reversed(scene.carriers)
            if item.subject in ("objects", "files") and item.kind != "file"
        ),
        None,
    )
    if newest is None or match["at"].strip():
        return None
    address = scene.address(newest)
    if newest.subject == "objects" and newest.type.endswith(".s3.List"):
        _download_first(node)
        return [], Values("object", f"{{{{ {address} | jq('.[].key') }}}}")
    if newest.name == "map":
        return [], Values("file", f"{{{{ {address} | values }}}}", files=True)
    if newest.type.endswith((".Downloads", ".s3.Downloads")):
        return [], Values("file", f"{{{{ {address} | jq('.[].uri') }}}}", files=True)
    return None


def _download_first(node: Loop) -> None:
    """What is done with the content of an object needs it here first."""
    first = node.body[0] if node.body else None
    if isinstance(first, Act) and re.match(
        r"(?:load|convert|count|query|unzip|unpack|read|upload|send|process|transform|summari[sz]e|"
        r"insert|import|extract|parse|filter)\b",
        first.low,
    ):
        node.body.insert(0, Act("download it", first.words, []))


_FILE_VERBS = re.compile(
    r"(?:upload|load|convert|copy|insert|count|unzip|unpack|gunzip|decompress|query|import|process|"
    r"transform|put|push|save|store|send|publish|ingest"
    r"|summari[sz]e|classify|extract|write|move|append)\b(?!.*\b(?:names?|list|number|count of)\b)",
    re.IGNORECASE,
)


def in_loop(nodes: Sequence[Node], scene: Scene) -> int:
    """Return how many of the next clauses are done with each of the files just taken; 0 when none is."""
    newest = next(
        (item for item in reversed(scene.carriers) if item.kind != "table" and item.name != "*"), None
    )
    if (
        newest is None
        or newest.kind == "file"
        or not newest.type.endswith((".Downloads", ".ArchiveDecompress"))
    ):
        return 0
    if newest.name != "map" and newest.subject not in ("files", "objects"):
        return 0
    count = 0
    for node in nodes:
        named = isinstance(node, Act) and newest.name == "map" and bool(node.of("file"))
        if not isinstance(node, Act) or named or not _FILE_VERBS.match(node.low):
            break
        count += 1
    return count


def give_named(act: Act, scene: Scene) -> None:
    """`load data.csv`, where an archive was unpacked: the file of that name in it."""
    newest = next((item for item in reversed(scene.carriers) if item.name == "map"), None)
    named = [item.value for item in act.of("file") if re.search(r"\.\w+$", item.value)]
    if newest is None or len(named) != 1 or re.match(r"(?:save|write|export|upload)\b", act.low):
        return
    if any(named[0] in item.path for item in scene.carriers):
        return
    facts = file_facts(named[0])
    path = (*newest.path, named[0])
    scene.carriers.append(Carrier("file", newest.step, path, newest.type, loops=newest.loops, **facts))  # type: ignore[arg-type]


_ROWS = re.compile(
    r"^(?:the\s+)?(?P<noun>[a-z]+)\b\s*(?:of|in|from)\s+(?:the\s+)?(?P<where>.*\b(?:table|"
    r"postgres\w*|mysql|mariadb)\b.*)$",
    re.IGNORECASE,
)


def table_rows(node: Loop, scene: Scene) -> tuple[Act, str] | None:
    """Return the clause that reads the table a loop goes over, and what one row is called."""
    match = _ROWS.match(node.head.strip())
    if match is None or not re.search(
        r"\b(?:postgres\w*|pg|mysql|mariadb)\b", f"{node.head} {scene.request}", re.IGNORECASE
    ):
        return None
    where = match["where"]
    if not re.search(r"\b(?:postgres\w*|pg|mysql|mariadb)\b", where, re.IGNORECASE):
        where = f"postgres {where}"
    return Act(f"query the {where}", node.words, scene.masked.inside(node.head)), singular(
        match["noun"].lower()
    )
