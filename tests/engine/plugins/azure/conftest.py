"""Azure tasks against a service on this machine."""

from tests.emulators.azurite import azurite

__all__ = ["azurite"]
