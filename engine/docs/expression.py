"""Pages of the expression language, from its own reference."""

from __future__ import annotations

from engine.expression.reference import Example, Item, items

_TITLES = {
    "filter": ("Filters", "Filters change a value: `{{ value | name(arguments) }}`."),
    "function": ("Functions", "Functions are called by name: `{{ name(arguments) }}`."),
    "test": ("Tests", "Tests ask about a value: `{{ value is name }}`, `{{ value is not name }}`."),
    "tag": ("Tags", "Tags steer the rendering: `{% name … %}`."),
    "operator": ("Operators", "Operators combine values; a higher precedence binds tighter."),
}


def expression_pages() -> dict[str, str]:
    """Return file name to Markdown, one page for each kind of thing."""
    return {f"expressions/{kind}s.md": _page(kind) for kind in _TITLES}


def _page(kind: str) -> str:
    title, purpose = _TITLES[kind]
    head = f"---\ntitle: Expression {title.lower()}\ntype: expression\ndescription: {purpose!r}\n---\n\n"
    parts = [_item(item) for item in items() if item.kind == kind]
    return f"{head}# Expression {title.lower()}\n\n{purpose}\n\n" + "\n".join(parts)


def _item(item: Item) -> str:
    lines = [f"## {item.name}\n", f"`{item.signature}`: {item.summary}\n"]
    if item.details:
        lines.append(f"{item.details}\n")
    if item.precedence is not None:
        lines.append(f"Precedence {item.precedence}.\n")
    for argument in item.arguments:
        need = "required" if argument.required else f"default {argument.default}"
        text = f": {argument.summary}" if argument.summary else ""
        lines.append(f"* `{argument.name}` ({need}){text}")
    if item.arguments:
        lines.append("")
    if item.examples:
        lines += ["```", *(_example(example) for example in item.examples), "```", ""]
    return "\n".join(lines)


def _example(example: Example) -> str:
    return f"{example.template}  →  {'error' if example.result is None else example.result}"
