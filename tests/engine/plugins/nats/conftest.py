"""NATS tasks against a server on this machine."""

from tests.emulators.nats import nats

__all__ = ["nats"]
