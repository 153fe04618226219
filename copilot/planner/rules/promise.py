# ruff: noqa: E501 - one promise, one line: a pattern cut in pieces is harder to read
"""Words that ask for a structure (a loop, a branch, a retry): a plan without it has misread them."""

from __future__ import annotations

import re

from copilot.plan.plan import Plan
from copilot.plan.render import step_value

_PERIOD = r"(?:day|hour|week|month|year|minute|second|morning|evening|night|weekday|weekend|quarter|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_TABLE: tuple[tuple[str, str], ...] = (
    (r"\bfor (?:each|every)\b|\bloops? (?:over|through)\b|\biterates? over\b", r"ForEach|Loop|GROUP BY|groups|jq\(|for row in|DISTINCT"),
    (r"\bin parallel\b|\bsimultaneously\b|\bconcurrently\b|\bside by side\b", r"Parallel|concurren"),
    (r"\bretr(?:y|ies|ied|ying)\b|\btr(?:y|ies) again\b", r"\bretry\b"),
    (r"\btime-?outs?\b|\btimes out\b", r"timeout"),
    (rf"\b(?:every|each) (?:\d+ \w+|{_PERIOD})s?\b|(?<![-_./])\b(?:daily|hourly|nightly|weekly|monthly|yearly)\b(?![-_.])(?! (?:active|users|report|sales))", r"Schedule|interval|ForEach|GROUP BY|groups|placeholder"),
    (r"\botherwise\b|\belse\b|\bdepending on\b", r"\.If\b|Switch|Fail|Assert|errors|allowFail|\?|EXISTS|WHERE|ifExists"),
    (r"(?:^|[,.;] )(?:and )?if\b(?! (?:necessary|needed|possible|so|(?:that|it|this) (?:works|succeeds|goes well|is successful))\b)", r"\.If\b|Switch|errors|Fail|Assert|allowFail|EXISTS|WHERE|ifExists|retry|Trigger|\?|CASE"),
    (r"\bon (?:failure|error)s?\b|\b(?:it|anything|something|everything|flow|one|task|step) (?:fails|breaks|goes wrong)\b|\bin case of (?:an )?(?:error|failure)\b", r"errors|allowFail|retry|FAILED|Fail"),
    (r"\bwhatever happens\b|\bno matter what\b", r"finally|allowFail"),
    (r"\bsort(?:ed|s|ing)?\b|\bordered by\b|\b(?:de|a)scending\b", r"ORDER BY|sort"),
    (r"\bdedup\w*|\bduplicates?\b", r"DISTINCT|duplicate|HAVING|rows\)\}|dumps\(row|setdefault"),
    (r"\bjoin(?:ed|s|ing)?\b", r"JOIN|merge|Concat"),
    (r"\b(?:only )?(?:one|once) at a time\b|\boverlap\w*|\bconcurrent (?:runs|executions)\b", r"concurren|ForEach"),
    (r"(?<!left )(?<!days )(?<!remain )\buntil\b", r"LoopUntil|Schedule|interval|[Pp]ause|range|ForEach|WHERE|dateAdd"),
)  # fmt: skip
_PROMISES = tuple((re.compile(said, re.IGNORECASE), re.compile(kept)) for said, kept in _TABLE)

_NAME = re.compile(r"(?<![\w./:{$@-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/:}-]|\.\w)")
"""A name as only machines have them, `avg_distance`: somebody who writes one wants it to be there."""


def unkept(said: str, plan: Plan) -> list[str]:
    """Return the words (quoted texts and addresses left out) that ask for what the plan does not have.

    Only where nothing else of the plan is open: an open part may be the one they belong to.
    """
    if any(step.placeholder for step in plan.walk()):
        return []
    made = _made(plan)
    left = []
    for asked, kept in _PROMISES:
        match = asked.search(said)
        if match is not None and kept.search(made) is None:
            left.append(" ".join(said[match.start() : match.end() + 30].split()))
    everything = (
        f"{made}\n{plan.id} {plan.namespace} {plan.inputs} {plan.variables} {plan.outputs} {plan.labels}"
    )
    left += [name for name in dict.fromkeys(_NAME.findall(said)) if name not in everything]
    return left


def _made(plan: Plan) -> str:
    """Write down what the plan does, without the words it came from."""
    parts = [str(step_value(step)) for step in (*plan.steps, *plan.errors, *plan.finally_)]
    parts += [f"{trigger.type} {trigger.values}" for trigger in plan.triggers]
    parts += ["errors" for _ in plan.errors] + ["finally" for _ in plan.finally_]
    parts += [step.type for step in plan.walk()]
    parts += ["retry"] if plan.retry else []
    parts += ["concurrency"] if plan.concurrency else []
    return "\n".join(parts)
