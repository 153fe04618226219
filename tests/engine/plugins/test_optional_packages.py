"""A package that is not installed is named, with what installs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.plugins.amqp._amqp import amqp
from engine.plugins.aws._aws import aws
from engine.plugins.azure._azure import azure
from engine.plugins.fs.sftp._session import ssh
from engine.plugins.kafka._kafka import kafka
from engine.plugins.mqtt._mqtt import mqtt
from engine.plugins.nats._nats import nats
from engine.plugins.redis._redis import redis_package


@pytest.mark.parametrize(
    ("load", "extra"),
    [
        (amqp, "amqp"),
        (aws, "aws"),
        (azure, "azure"),
        (ssh, "sftp"),
        (kafka, "kafka"),
        (mqtt, "mqtt"),
        (nats, "nats"),
        (redis_package, "redis"),
    ],
)
def test_a_missing_package_is_named(load: Callable[[str], Any], extra: str) -> None:
    with pytest.raises(TaskFailure, match=rf"no_such_package\); run: pip install 'flowsmith\[{extra}\]'"):
        load("no_such_package")
