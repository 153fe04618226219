"""Flows against services on this machine."""

from tests.emulators.google import google, google_servers

__all__ = ["google", "google_servers"]
