"""`io.kestra.plugin.fs.ftp.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import DownloadTask
from engine.plugins.fs.ftp._session import FtpProperties


class Download(FtpProperties, DownloadTask):
    """Reads a file of a server by FTP into the storage of the execution.

    Fails when there is no such file.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: ftp_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.fs.ftp.Download
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    from: /out/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.to }}"
""",
        ),
    )
