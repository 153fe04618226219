"""The runner in place of Docker where no daemon answers."""

from __future__ import annotations

from engine.plugin.context import RunContext
from engine.plugin.runner import Command, Ran, TaskRunner
from engine.plugins.core.runner._child import run_child, sealed_env


class LocalRunner(TaskRunner):
    """Runs the process here, and lets it see no more of the service than a container would.

    Flows cannot ask for it.
    """

    def base_env(self) -> dict[str, str]:
        """Return path, locale and proxies."""
        return sealed_env()

    def run(self, ctx: RunContext, command: Command) -> Ran:
        """Run the process here."""
        env = {**self.base_env(), **command.env}
        return Ran(run_child(ctx, command.argv, command.work_dir, env, command.on_line))
