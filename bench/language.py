"""The flow language: a template compiled and rendered, a long flow checked, the memory of many task runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from engine.expression.scope import Scope
from engine.expression.template import compile_template, render_text
from engine.registry import Registry
from engine.validation import check

TEMPLATE = "{{ outputs.a.value | upper }}"

LARGE = """
import resource, sys, tempfile
from pathlib import Path
from engine.engine import Engine, EngineOptions
source = '''id: large
namespace: bench
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ range(1, 10000) }}"
    concurrencyLimit: 8
    tasks: [{id: t, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}"}]
'''
with tempfile.TemporaryDirectory() as folder:
    with Engine.open(EngineOptions(home=Path(folder), environment={}, schedule=False)) as engine:
        engine.save(source)
        assert engine.wait(engine.start("bench", "large").id).state == "SUCCESS"
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Print the figures with their targets."""
    scope = Scope({"outputs": {"a": {"value": "text"}}})
    uncached = getattr(compile_template, "__wrapped__", compile_template)
    compiling = _each(lambda: uncached(TEMPLATE), 2_000)
    rendering = _each(lambda: render_text(TEMPLATE, scope), 20_000)
    print(
        f"compile {compiling * 1e6:5.1f} us (target <= 60)   render {rendering * 1e6:5.2f} us (target <= 5)"
    )
    registry, source = Registry.load(), _long_flow()
    check(source, registry)
    checking = min(_each(lambda: check(source, registry), 1) for _ in range(5))
    print(f"check of {source.count(chr(10))} lines {checking * 1e3:5.1f} ms (target <= 60)")
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    print(f"10,000 task runs: peak memory {done.stdout.strip()} MB (target < 300)")


def _long_flow() -> str:
    head = "id: long\nnamespace: bench\ninputs:\n  - {id: n, type: STRING, defaults: x}\ntasks:\n"
    task = (
        "  - id: t{n}\n    type: io.kestra.plugin.core.http.Request\n    uri: https://example.org/{n}\n"
        '    method: POST\n    body: "{{{{ inputs.n }}}} {n}"\n    headers:\n      accept: text/plain\n'
    )
    return head + "".join(task.format(n=number) for number in range(257))


def _each(action: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - started) / times
