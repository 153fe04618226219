"""`io.kestra.plugin.fs.sftp.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._reading import ListTask
from engine.plugins.fs.sftp._session import SftpProperties


class List(SftpProperties, ListTask):
    """Lists files of a folder of a server by SFTP; folders themselves are not listed."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "List CSV files, the oldest first",
            """\
id: sftp_list
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.fs.sftp.List
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
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
