"""`io.kestra.plugin.fs.ftp.Move`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import MoveTask
from engine.plugins.fs.ftp._session import FtpProperties


class Move(FtpProperties, MoveTask):
    """Moves a file or folder of a server by FTP. Folders that are missing are made.

    Fails when there is a file already and `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Put a file away",
            """\
id: ftp_move
namespace: company.team

tasks:
  - id: move
    type: io.kestra.plugin.fs.ftp.Move
    host: files.example.com
    username: loader
    password: "{{ secret('FTP_PASSWORD') }}"
    from: /out/2021-01.csv
    to: /done/
""",
        ),
    )
