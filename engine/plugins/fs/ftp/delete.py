"""`io.kestra.plugin.fs.ftp.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import DeleteTask
from engine.plugins.fs.ftp._session import FtpProperties


class Delete(FtpProperties, DeleteTask):
    """Deletes a file or a folder of a server by FTP, or the files of a folder that match."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: ftp_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.fs.ftp.Delete
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    uri: /out/2021-01.csv
    errorOnMissing: true
""",
        ),
    )
