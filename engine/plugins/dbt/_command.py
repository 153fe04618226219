"""dbt commands in shell lines: options are put where they belong."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_TOKEN = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|\|\||&&|[|;&<>\n]|[^'"\\|;&<>\n]+""", re.DOTALL)
_ENDS = frozenset({"||", "&&", "|", ";", "&", "\n"})
_REDIRECTS = frozenset({"<", ">"})
_DBT = re.compile(r"\s*(?:\S*/)?dbt(?=\s|$)")
_DESCRIPTOR = re.compile(r"(?<=\s)\d$")


def with_options(line: str, options: Mapping[str, str]) -> str:
    """Return a shell line with options added to every `dbt …` in it that does not have them itself."""
    done: list[str] = []
    command: list[str] = []
    for token in [*_TOKEN.findall(line), None]:
        if token is not None and token not in _ENDS:
            command.append(token)
            continue
        done.append(_completed(command, options))
        command = []
        if token is not None:
            done.append(token)
    return "".join(done)


def _completed(command: list[str], options: Mapping[str, str]) -> str:
    text = "".join(command)
    if not _DBT.match(text) or text.strip() == "dbt":
        return text
    at = next((n for n, token in enumerate(command) if token in _REDIRECTS), len(command))
    before, after = "".join(command[:at]), "".join(command[at:])
    if after and (digit := _DESCRIPTOR.search(before)):  # `2>` belongs together
        before, after = before[: digit.start()], digit[0] + after
    added = "".join(
        f" {name} {shlex.quote(value)}"
        for name, value in options.items()
        if not re.search(rf"(?<!\S){re.escape(name)}(?=[\s=]|$)", before)
    )
    space = before[len(before.rstrip()) :]
    return f"{before.rstrip()}{added}{space}{after}"
