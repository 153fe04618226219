"""From a task as written to a task instance; the work is done in `engine.plugin.build`."""

from engine.plugin.build import build, instance

__all__ = ["build", "instance"]
