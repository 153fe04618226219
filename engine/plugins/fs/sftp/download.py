"""`io.kestra.plugin.fs.sftp.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import DownloadTask
from engine.plugins.fs.sftp._session import SftpProperties


class Download(SftpProperties, DownloadTask):
    """Reads a file of a server by SFTP into the storage of the execution.

    Fails when there is no such file.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: sftp_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.fs.sftp.Download
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
    from: /out/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.to }}"
""",
        ),
    )
