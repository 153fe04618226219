"""`io.kestra.plugin.fs.ftps.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import DeleteTask
from engine.plugins.fs.ftps._session import FtpsProperties


class Delete(FtpsProperties, DeleteTask):
    """Deletes a file or a folder of a server by FTP over TLS, or the files of a folder that match."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: ftps_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.fs.ftps.Delete
    host: files.example.com
    port: "21"
    username: loader
    password: "{{ secret('FTPS_PASSWORD') }}"
    uri: /out/2021-01.csv
    errorOnMissing: true
""",
        ),
    )
