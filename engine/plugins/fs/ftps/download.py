"""`io.kestra.plugin.fs.ftps.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import DownloadTask
from engine.plugins.fs.ftps._session import FtpsProperties


class Download(FtpsProperties, DownloadTask):
    """Reads a file of a server by FTP over TLS into the storage of the execution.

    Fails when there is no such file.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: ftps_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.fs.ftps.Download
    host: files.example.com
    port: "21"
    username: loader
    password: "{{ secret('FTPS_PASSWORD') }}"
    from: /out/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.to }}"
""",
        ),
    )
