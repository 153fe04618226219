"""Redis tasks against a server on this machine."""

from tests.emulators.valkey import valkey, valkey_server

__all__ = ["valkey", "valkey_server"]
