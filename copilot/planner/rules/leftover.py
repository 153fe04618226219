"""What a clause says that its steps have not taken up: quoted texts, addresses, names, nothing at all."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import step_value
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.archive import PACK
from copilot.planner.rules.fill.convert import COMPRESS
from copilot.planner.rules.fill.http import unnamed_values
from copilot.planner.rules.fill.log import LOG
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.scene import Scene


def unused(act: Act, steps: list[Step], scene: Scene) -> list[str]:
    """Quoted texts and addresses of the clause that no step has taken up are not lost, but left open."""
    taken = [
        *(str(step_value(step)) for step in steps),
        *(item.model_dump_json() for item in scene.defaults),
    ]
    dumped = _letters("".join(taken))
    left = []
    for literal in act.literals:
        if literal.kind in ("retry", "timeout", "lenient", "type", "jdbc") or literal.value.startswith("dbt"):
            continue
        if literal.kind == "file" and steps and steps[-1].type.endswith((".storage.Write", ".CopyOut")):
            continue  # a stored file has no name of its own
        if (
            literal.value.endswith((".gz", ".zip", ".tar", ".tgz"))
            and steps
            and steps[-1].type in (COMPRESS, PACK)
        ):
            scene.note(
                f"The packed file is kept in the storage; '{literal.value}' is its name only there "
                "where it is sent to."
            )
            continue
        value = literal.value.rpartition("://")[2] if literal.kind == "address" else literal.value
        if value.startswith("s3://"):  # bucket and key stand apart in the step
            value = value.removeprefix("s3://").partition("/")[2] or value.removeprefix("s3://")
        if (loop := scene.loop) is not None and len(loop.noun) == 1:
            value = re.sub(rf"\b{loop.noun}\b", "{}", value)  # it stands for the loop's value
        pieces = [_letters(piece) for piece in re.split(r"[{}<>$\n\[\]]", value)]
        raw = " ".join(taken)
        there = (
            re.search(rf"(?<![A-Za-z0-9]){piece}(?![A-Za-z0-9])", raw, re.I)
            if len(piece) < 3 and value.isalnum()
            else piece in dumped
            for piece in pieces
            if piece
        )
        if any(pieces) and not any(there):
            left.append(f"{act.words} ({literal.words})")
    return left


def unfilled(act: Act, steps: list[Step]) -> list[str]:
    """A `{name}` of a text that nothing here knows must not be sent or logged as it stands."""
    made = " ".join(
        str(step.values) for step in steps if ".scripts." not in step.type or ".shell." in step.type
    )
    names = [
        name
        for literal in act.of("text", "code")
        if literal.facts.get("lang") not in ("python", "py", "js", "sql")
        for name in _BRACED.findall(literal.value)
        if f"{{{name}}}" in made
    ]
    names += [
        name
        for literal in act.of("url", "bucket")
        for name in re.findall(r"<([A-Za-z_]\w*)>", literal.value)
        if f"<{name}>" in made
    ]
    logged = " ".join(str(step.values) for step in steps if step.type == LOG)
    names += re.findall(r"<([A-Za-z_]\w*)>", logged)
    names += [name for step in steps for name in unnamed_values(str(step.values.get("body", "")))]
    shown = ", ".join(f"{{{name}}}" for name in dict.fromkeys(names))
    return [f"{act.words} (nothing is known as {shown})"] if names else []


_BRACED = re.compile(r"(?<![{$])\{([A-Za-z_]\w*)\}(?!\})")


def _letters(text: str) -> str:
    return re.sub(
        r"[^a-z0-9]", "", text.lower().replace("\\n", "").removeprefix("gs://").removesuffix(".git")
    )


_NOTHING = re.compile(
    (
        r"(?:(?:please\s+)?(?:run|schedule|trigger|execute|start|do|repeat|create|make|build"
        r"|write|launch|use|set up|go|take|accept|have|has)?\s*)?(?:(?:it|this|that|them"
        r"|these|those|the|a|an|new|simple|small|as follows|whole|everything|all"
        r"|automatically|regularly|on a schedule|scheduled|in kestra|kestra|flow|workflow"
        r"|pipeline|job|with|and|for|in|inputs?|parameters?|as|steps?|tasks?|following|me|to"
        r"|i|want|need|should|be|is|then|also|where|so|called|so that|again|each time"
        r"|every time|will|which|thanks|otherwise|else|nothing|thank you|please)\b\s*)*[.,:;\s]*"
    ),
    re.IGNORECASE,
)


def empty(act: Act, scene: Scene) -> bool:
    """Whether a clause says nothing once the flow's bounds and inputs are taken out."""
    if [item for item in act.literals if item.kind not in ("retry", "timeout", "lenient")]:
        return False
    if any(item.subject == "image" for item in scene.carriers) and re.match(
        r"(?:run|start|launch)\b", act.low
    ):
        return False  # `pull the image and run it`
    text = MARK.sub("", act.text).strip()
    for item in scene.inputs:
        text = (
            re.sub(rf"\b{re.escape(item.id).replace('_', '[ _-]')}\b", " ", text, flags=re.IGNORECASE)
            if re.match(r"(?:take|use|accept|have|has|with|given)\b", text, re.I)
            else text
        )
    return _NOTHING.fullmatch(text) is not None
