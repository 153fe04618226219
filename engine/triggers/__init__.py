"""Triggers: flows that start themselves."""
