"""Stores of embedded texts."""
