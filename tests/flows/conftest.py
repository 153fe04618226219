"""Flows against services on this machine."""

from tests.emulators.google import google, google_servers
from tests.mortal import nursery

__all__ = ["google", "google_servers", "nursery"]
