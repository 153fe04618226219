"""Deno scripts."""
