"""The planner that needs no model: it finds everything by rule and catalogue search."""
