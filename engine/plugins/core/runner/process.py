"""`io.kestra.plugin.core.runner.Process`: scripts run as processes of this machine."""

from __future__ import annotations

from engine.plugin.context import RunContext
from engine.plugin.runner import Command, Ran, TaskRunner
from engine.plugins.core.runner._child import inherited_env, run_child


class Process(TaskRunner):
    """Runs the script as a child process of the service, with the service's environment variables.

    The process is alone in its group: when the task is killed or its time is over, everything it started
    ends with it. Its Python is never the service's own environment, and `SECRET_…` variables are not passed.
    """

    def base_env(self) -> dict[str, str]:
        """Return the service's variables, without its own virtual environment and its secrets."""
        return inherited_env()

    def run(self, ctx: RunContext, command: Command) -> Ran:
        """Run the process here."""
        env = {**self.base_env(), **command.env}
        return Ran(run_child(ctx, command.argv, command.work_dir, env, command.on_line))
