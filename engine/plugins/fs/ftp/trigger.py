"""`io.kestra.plugin.fs.ftp.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import RemoteTrigger
from engine.plugins.fs.ftp._session import FtpProperties


class Trigger(FtpProperties, RemoteTrigger):
    """Watches a folder of a server by FTP and starts the flow with files that are new or changed.

    The files are downloaded. Which ones were seen is remembered by date and size, so a file that stays
    starts the flow once.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle files as they arrive",
            """\
id: ftp_trigger
namespace: company.team

tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ (trigger.files ?? []) | jq('.[].path') }}"
    tasks:
      - id: size
        type: io.kestra.plugin.core.storage.Size
        uri: "{{ taskrun.value }}"

triggers:
  - id: arrival
    type: io.kestra.plugin.fs.ftp.Trigger
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    interval: PT5M
    from: /out/
    action: MOVE
    moveDirectory: /done/
""",
        ),
    )
