"""Triggers by the clock, by webhook and by other flows, and the task that switches them."""
