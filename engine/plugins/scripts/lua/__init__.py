"""Lua scripts."""
