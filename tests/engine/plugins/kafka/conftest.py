"""Kafka tasks against a cluster on this machine."""

from tests.emulators.kafka import kafka

__all__ = ["kafka"]
