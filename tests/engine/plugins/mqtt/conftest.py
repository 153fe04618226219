"""MQTT tasks against a broker on this machine."""

from tests.emulators.mosquitto import mosquitto

__all__ = ["mosquitto"]
