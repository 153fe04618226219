"""AMQP tasks against a broker on this machine."""

from tests.emulators.rabbitmq import rabbitmq

__all__ = ["rabbitmq"]
