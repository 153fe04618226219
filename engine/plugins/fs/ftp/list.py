"""`io.kestra.plugin.fs.ftp.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import ListTask
from engine.plugins.fs.ftp._session import FtpProperties


class List(FtpProperties, ListTask):
    """Lists files of a folder of a server by FTP; folders themselves are not listed."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "List CSV files, the oldest first",
            """\
id: ftp_list
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.fs.ftp.List
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    from: /out/
    regExp: .*\\.csv
    recursive: true
    sort: LAST_MODIFIED_ASC

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.files.files | jq('.[].name') }}"
""",
        ),
    )
