"""`io.kestra.plugin.fs.ftps.Upload`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import UploadTask
from engine.plugins.fs.ftps._session import FtpsProperties


class Upload(FtpsProperties, UploadTask):
    """Writes a file to a server by FTP over TLS. Folders that are missing are made.

    Fails when there is a file already and `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload a file that came as an input",
            """\
id: ftps_upload
namespace: company.team

inputs:
  - id: file
    type: FILE

tasks:
  - id: upload
    type: io.kestra.plugin.fs.ftps.Upload
    host: files.example.com
    port: "21"
    username: loader
    password: "{{ secret('FTPS_PASSWORD') }}"
    from: "{{ inputs.file }}"
    to: /in/2021-01.csv
""",
        ),
    )
