"""The gate every flow passes: read, checked, and reported with line and fix."""

from engine.validation.check import Checked, check

__all__ = ["Checked", "check"]
