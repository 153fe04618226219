"""`io.kestra.plugin.fs.ftps.Uploads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import UploadsTask
from engine.plugins.fs.ftps._session import FtpsProperties


class Uploads(FtpsProperties, UploadsTask):
    """Writes several files to a folder of a server by FTP over TLS.

    When one fails, those already written stay.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload all files a script has made",
            """\
id: ftps_uploads
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
    type: io.kestra.plugin.fs.ftps.Uploads
    host: files.example.com
    port: "21"
    username: loader
    password: "{{ secret('FTPS_PASSWORD') }}"
    from: "{{ outputs.make.outputFiles }}"
    to: /in/
""",
        ),
    )
