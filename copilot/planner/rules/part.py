"""One clause that asks something of rows and hands the outcome on: two steps."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import Act, Node
from copilot.planner.rules.phrase import subject_of
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Scene

_HANDED = re.compile(
    r"(?P<verb>post|send|upload|mail|email|publish|push|put)\s+(?P<what>(?:the|all|only|every|how|which)\b(?:(?!\bit\b|\bthem\b)[^⟦])+?)"
    r"(?:\s+as\s+(?:a\s+|an\s+)?(?:json|csv)(?:\s+(?:list|array|body|file|document))?)?\s+(?P<to>(?:to|into)\s+.*⟦.*)",
    re.IGNORECASE,
)  # fmt: skip


def parted(node: Node, scene: Scene) -> list[Node]:
    """`post the three dearest products to ⟦0⟧`: they are asked for first, then posted."""
    if isinstance(node, Act) and scene.last_key and (kept := _KEPT.fullmatch(" ".join(node.text.split()))):
        return _under_key(node, kept, scene)
    if not isinstance(node, Act) or (match := _HANDED.fullmatch(" ".join(node.text.split()))) is None:
        return [node]
    if scene.loop is not None or subject_of(match["what"], scene) is not None:
        return [node]  # what is handed on is there already
    source = scene.source("json", "jsonl", "csv", "parquet")
    if (
        source is None
        or source.format not in ("json", "jsonl", "csv", "parquet")
        or scene.masked.inside(match["what"])
    ):
        return [node]
    found = read_rows(match["what"], scene.masked, scene, source.columns)
    if not found.narrows or found.left:
        return [node]
    form = re.search(r"\.(csv|parquet)$", node.literals[-1].value) if node.literals else None
    saved = (
        f" and save it as {form[1]}" if form and match["verb"].lower() in ("upload", "put", "push") else ""
    )
    asked = Act(f"query {match['what']} with duckdb{saved}", node.words, [])
    handed = "the file" if saved else "the result"
    return [asked, Act(f"{match['verb']} {handed} {match['to']}", node.words, node.literals)]


_KEPT = re.compile(
    r"(?P<verb>store|save|put|keep|remember|write|set)\s+(?P<what>the\s+(?:(?!\bit\b|\bthem\b)[^⟦])+?)\s+"
    r"(?:as|under|in|into)\s+(?:the\s+)?(?:key\s+)?(?P<key>[a-z_]\w*)",
    re.IGNORECASE,
)


def _under_key(node: Act, match: re.Match[str], scene: Scene) -> list[Node]:
    """`store the highest order id as last_id`, a key read before: asked for, then set."""
    source = scene.source("json", "jsonl", "csv", "parquet")
    if match["key"] != scene.last_key or source is None:
        return [node]
    found = read_rows(match["what"], scene.masked, scene, source.columns)
    if not found.measures or found.groups or found.left:
        return [node]
    asked = Act(f"query {match['what']} with duckdb", node.words, [])
    return [asked, Act(f"store the result in the kv store under the key {match['key']}", node.words, [])]
