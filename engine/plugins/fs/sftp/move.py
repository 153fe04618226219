"""`io.kestra.plugin.fs.sftp.Move`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import MoveTask
from engine.plugins.fs.sftp._session import SftpProperties


class Move(SftpProperties, MoveTask):
    """Moves a file or folder of a server by SFTP. Folders that are missing are made.

    Fails when there is a file already and `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Put a file away",
            """\
id: sftp_move
namespace: company.team

tasks:
  - id: move
    type: io.kestra.plugin.fs.sftp.Move
    host: files.example.com
    port: "22"
    username: loader
    password: "{{ secret('SFTP_PASSWORD') }}"
    from: /out/2021-01.csv
    to: /done/
""",
        ),
    )
