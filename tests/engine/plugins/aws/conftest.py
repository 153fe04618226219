"""AWS tasks against a server on this machine."""

from tests.emulators.aws import aws, aws_server

__all__ = ["aws", "aws_server"]
