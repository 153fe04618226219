"""Bun scripts."""
