"""Groovy scripts."""
