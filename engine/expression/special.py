"""What the scanner and the compiler know themselves, described for the reference like everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.model.json import Json


def block(name: Json) -> Json:
    """Print a block of the same template again.

    name: the name of the block, written out

    `{% block "b" %}x{% endblock %}{{ block("b") }}` -> `xx`
    `{{ block("none") }}` -> error
    """


def raw() -> Json:
    """Print what stands between `{% raw %}` and `{% endraw %}` as it is, on one line.

    `{% raw %}{{ x }}{% endraw %}` -> `{{ x }}`
    """


def verbatim() -> Json:
    """Print what stands between `{% verbatim %}` and `{% endverbatim %}` as it is, over any number of lines.

    `{% verbatim %}{{ x }}{% endverbatim %}` -> `{{ x }}`
    """


def either(left: Json, right: Json) -> Json:
    """Tell whether one side is true; the right side is only looked at when the left one is false.

    `{{ true or missing }}` -> `true`
    """


def both(left: Json, right: Json) -> Json:
    """Tell whether both sides are true; the right side is only looked at when the left one is true.

    `{{ false and missing }}` -> `false`
    `{{ null and true }}` -> error
    """


def opposite(value: Json) -> Json:
    """Turn true and false around. It binds tightest: write `not (a == b)` and `x is not defined`.

    `{{ not (1 == 2) }}` -> `true`
    """


def coalesce(left: Json, right: Json) -> Json:
    """Take the right side when the left one is missing or null.

    Missing is caught anywhere in the chain on the left; errors of functions are not.

    `{{ a.b.c ?? 'd' }}` -> `d`
    `{{ null ?? 'd' }}` -> `d`
    `{{ '' ?? 'd' }}` -> ``
    `{{ missing ?? alsoMissing }}` -> error
    """


def coalesce_missing(left: Json, right: Json) -> Json:
    """Take the right side when the left one is missing; null stays null.

    `{{ null ??? 'd' }}` -> ``
    `{{ missing ??? 'd' }}` -> `d`
    """


def condition(test: Json, then: Json, otherwise: Json) -> Json:
    """Choose between two values; a test of null is false.

    `{{ 2 > 1 ? 'yes' : 'no' }}` -> `yes`
    `{{ null ? 'a' : 'b' }}` -> `b`
    `{{ 'false' ? 'a' : 'b' }}` -> `a`
    `{{ [] ? 'a' : 'b' }}` -> error
    """


def is_(value: Json) -> Json:
    """Apply a test.

    `{{ 4 is even }}` -> `true`
    """


def is_not(value: Json) -> Json:
    """Apply a test and turn the answer around.

    `{{ inputs.undeclared is not defined }}` -> `true`
    """


def pipe(value: Json) -> Json:
    """Apply a filter. It binds tighter than arithmetic and weaker than `~`, `..` and `??`.

    `{{ 'a' ~ 'b' | upper }}` -> `AB`
    `{{ 1 + -2 | abs }}` -> `3`
    """


FUNCTIONS_OF_TEMPLATE: Final[dict[str, Callable[..., Json]]] = {"block": block}

TAGS_OF_SCANNER: Final[dict[str, Callable[..., Json]]] = {"raw": raw, "verbatim": verbatim}

SYNTAX: Final[dict[str, Callable[..., Json]]] = {
    "or": either,
    "and": both,
    "not": opposite,
    "??": coalesce,
    "???": coalesce_missing,
    "? :": condition,
    "is": is_,
    "is not": is_not,
    "|": pipe,
}
