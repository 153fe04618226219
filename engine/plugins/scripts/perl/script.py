"""`io.kestra.plugin.scripts.perl.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Perl script."""

    image: ClassVar[str] = "perl"
    program: ClassVar[tuple[str, ...]] = ("perl",)
    suffix: ClassVar[str] = ".pl"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            r"""
id: perl_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.perl.Script
    script: |
      print "Hello from Perl\n";
""",
        ),
    )
