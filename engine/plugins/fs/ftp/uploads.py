"""`io.kestra.plugin.fs.ftp.Uploads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import UploadsTask
from engine.plugins.fs.ftp._session import FtpProperties


class Uploads(FtpProperties, UploadsTask):
    """Writes several files to a folder of a server by FTP.

    When one fails, those already written stay.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload all files a script has made",
            """\
id: ftp_uploads
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
    type: io.kestra.plugin.fs.ftp.Uploads
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    from: "{{ outputs.make.outputFiles }}"
    to: /in/
""",
        ),
    )
