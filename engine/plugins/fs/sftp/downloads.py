"""`io.kestra.plugin.fs.sftp.Downloads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import DownloadsTask
from engine.plugins.fs.sftp._session import SftpProperties


class Downloads(SftpProperties, DownloadsTask):
    """Reads several files of a server by SFTP, and moves or deletes them there if wished.

    Nothing is moved or deleted before everything has been read.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read all CSV files of a folder and put them into another one",
            """\
id: sftp_downloads
namespace: company.team

tasks:
  - id: incoming
    type: io.kestra.plugin.fs.sftp.Downloads
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
    from: /out/
    regExp: .*\\.csv
    action: MOVE
    moveDirectory: /done/

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.incoming.files | length }} files"
""",
        ),
    )
