"""`io.kestra.plugin.fs.ftp.Upload`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import UploadTask
from engine.plugins.fs.ftp._session import FtpProperties


class Upload(FtpProperties, UploadTask):
    """Writes a file to a server by FTP. Folders that are missing are made.

    Fails when there is a file already and `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload a file that came as an input",
            """\
id: ftp_upload
namespace: company.team

inputs:
  - id: file
    type: FILE

tasks:
  - id: upload
    type: io.kestra.plugin.fs.ftp.Upload
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    from: "{{ inputs.file }}"
    to: /in/2021-01.csv
""",
        ),
    )
