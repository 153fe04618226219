"""Channels of Redis."""
