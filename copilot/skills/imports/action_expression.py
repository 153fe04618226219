"""Expressions of GitHub Actions, `${{ … }}`, in ours; what has no counterpart is refused."""

from __future__ import annotations

import re

from copilot.plan.render import snake
from copilot.skills.imports.action_job import Job
from copilot.skills.imports.common import protected

_EXPRESSION = re.compile(r"\$\{\{(?P<inside>.*?)\}\}", re.DOTALL)
_SECRET = re.compile(r"secrets\.(\w+)")
_INPUT = re.compile(r"(?:github\.event\.)?inputs\.([\w-]+)")
_ENV = re.compile(r"env\.(\w+)")
_MATRIX = re.compile(r"matrix\.([\w-]+)")
_OUTPUT = re.compile(r"steps\.([\w-]+)\.outputs\.([\w-]+)")
_PUSHED = {
    "github.sha": "trigger.body.after ?? ''",
    "github.ref": "trigger.body.ref ?? ''",
    "github.ref_name": "trigger.body.ref ?? '' | replace({'refs/heads/': ''})",
    "github.repository": "trigger.body.repository.full_name ?? inputs.repository ?? ''",
    "github.actor": "trigger.body.sender.login ?? ''",
    "github.run_id": "execution.id",
    "github.workflow": "flow.id",
}


class Unknown(Exception):
    """Something of a workflow has no counterpart; the text says what."""


def translated(text: str, about: Job) -> str:
    """Return a text with its expressions in ours; other braces are kept as they are. Raises Unknown."""
    parts: list[str] = []
    end = 0
    for match in _EXPRESSION.finditer(text):
        parts += [protected(text[end : match.start()]), _one(match["inside"].strip(), about)]
        end = match.end()
    return "".join([*parts, protected(text[end:])])


def _one(inside: str, about: Job) -> str:
    if found := _SECRET.fullmatch(inside):
        return f"{{{{ secret('{found[1]}') }}}}"
    if found := _INPUT.fullmatch(inside):
        return f"{{{{ inputs.{snake(found[1])} }}}}"
    if found := _ENV.fullmatch(inside):
        return f"${{{found[1]}}}"
    if (found := _MATRIX.fullmatch(inside)) and found[1] in about.matrix:
        return _matrix_value(found[1], about.matrix)
    if found := _OUTPUT.fullmatch(inside):
        return f"{{{{ outputs.{about.prefix}{snake(found[1])}.vars['{found[2]}'] }}}}"
    if inside in _PUSHED:
        return f"{{{{ {_PUSHED[inside]} }}}}"
    raise Unknown(f"the expression ${{{{ {inside} }}}}")


def _matrix_value(name: str, matrix: tuple[str, ...]) -> str:
    if len(matrix) == 1:
        return "{{ parent.taskrun.value }}"
    return f"{{{{ fromJson(parent.taskrun.value)['{name}'] }}}}"
