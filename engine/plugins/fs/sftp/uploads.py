"""`io.kestra.plugin.fs.sftp.Uploads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import UploadsTask
from engine.plugins.fs.sftp._session import SftpProperties


class Uploads(SftpProperties, UploadsTask):
    """Writes several files to a folder of a server by SFTP.

    When one fails, those already written stay.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload all files a script has made",
            """\
id: sftp_uploads
namespace: company.team

tasks:
  - id: make
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles: ["*.csv"]
    commands:
      - echo a > a.csv
      - echo b > b.csv

  - id: upload
    type: io.kestra.plugin.fs.sftp.Uploads
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
    from: "{{ outputs.make.outputFiles }}"
    to: /in/
""",
        ),
    )
