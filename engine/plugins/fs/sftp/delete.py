"""`io.kestra.plugin.fs.sftp.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import DeleteTask
from engine.plugins.fs.sftp._session import SftpProperties


class Delete(SftpProperties, DeleteTask):
    """Deletes a file or a folder of a server by SFTP, or the files of a folder that match."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: sftp_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.fs.sftp.Delete
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
    uri: /out/2021-01.csv
    errorOnMissing: true
""",
        ),
    )
