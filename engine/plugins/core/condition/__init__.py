"""Conditions under which a trigger starts an execution."""
