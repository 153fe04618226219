"""`io.kestra.plugin.fs.ftps.Move`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.fs._writing import MoveTask
from engine.plugins.fs.ftps._session import FtpsProperties


class Move(FtpsProperties, MoveTask):
    """Moves a file or folder of a server by FTP over TLS. Folders that are missing are made.

    Fails when there is a file already and `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Put a file away",
            """\
id: ftps_move
namespace: company.team

tasks:
  - id: move
    type: io.kestra.plugin.fs.ftps.Move
    host: files.example.com
    port: "21"
    username: loader
    password: "{{ secret('FTPS_PASSWORD') }}"
    from: /out/2021-01.csv
    to: /done/
""",
        ),
    )
