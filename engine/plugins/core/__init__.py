"""Plugins of the core: flow control, logs, HTTP, key-value entries, files, triggers, conditions."""
