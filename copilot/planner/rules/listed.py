"""What was listed, in words: the names of the files, their number."""

from __future__ import annotations

import re

from copilot.planner.rules.scene import Scene

_THING = r"(?:files?|objects?|keys?|blobs?|csvs?|documents?|archives?)"
_FIELD = re.compile(
    rf"(?:(?:the|their|its|all|all the)\s+)?(?:(?:file|object)\s+)?(?P<field>names?|keys?|sizes?|paths?)"
    rf"(?:\s+of\s+(?:(?:each|all|every|the|those|these)\b\s*)*(?:of\s+them|{_THING})?(?:\s+(?:in it|"
    rf"in there|it contains|found))?)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"(?:how many|(?:the\s+)?(?:number|count) of)\s*(?:{_THING}|there|them|of them)"
    rf"?(?:\s+(?:there\s+)?(?:were|are|was|is|came|it has|it contains|in it"
    rf"|were found|are there|found|there))*",
    re.IGNORECASE,
)


def listed_part(low: str, scene: Scene) -> str | None:
    """Read `their names`, `the key of each`, `how many there were` of what was listed last."""
    newest = next((item for item in reversed(scene.carriers) if item.kind != "table"), None)
    if newest is not None and newest.name == "*":
        newest = next((item for item in reversed(scene.carriers) if item.subject == "objects"), None)
    if newest is None or newest.subject not in ("objects", "files") or newest.kind == "file":
        return None
    address = scene.address(newest)
    if _NUMBER.fullmatch(low):
        return f"({address} | length)"
    match = _FIELD.fullmatch(low)
    if match is None:
        return None
    if newest.name == "map":
        return f"{address} | keys" if match["field"].startswith(("name", "path")) else None
    field = match["field"].rstrip("s")
    if newest.subject == "objects" and field in ("name", "path"):
        field = "key"
    return f"{address} | jq('.[].{'path' if field == 'path' else field}')"
