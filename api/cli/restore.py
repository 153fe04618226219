"""`flowsmith restore`: database and files out of an archive of `flowsmith backup`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] flowsmith restore flowsmith-20260101-020000.zip

[dim]$[/] FLOWSMITH_DATABASE_URL=postgresql://… flowsmith restore monday.zip

[dim]$[/] flowsmith restore monday.zip --replace
"""


def restore(
    source: Annotated[Path, typer.Argument(help="The archive.", exists=True, dir_okay=False)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove what is in database and files now.")
    ] = False,
    any_key: Annotated[
        bool,
        typer.Option("--any-key", help="Restore although the encryption key is another; it is lost."),
    ] = False,
) -> None:
    """Put an archive into an empty database and an empty place of files, of this or another kind.

    Stop every process of the service before. What was unfinished when the backup was made goes on at the next
    start. Tables of an older version are brought up to this one.
    """
    from api.cli import screen
    from api.home import make_home
    from api.opening import key_mark
    from api.settings import plain, read_settings
    from engine.storage.backup import Archive, restore_backup
    from engine.storage.backup.place import find_place
    from engine.storage.files import open_files

    settings = read_settings()
    make_home(settings.home)
    place = find_place(plain(settings.database_url), settings.home)
    with Archive(source) as archive:
        files = open_files(settings.storage_url, settings.home)
        try:
            restored = restore_backup(
                archive, place, files, key=key_mark(settings), replace=replace, any_key=any_key
            )
        finally:
            files.close()
    made = restored.manifest
    rows = sum(made.rows.values())
    screen.out.print(f"[green]●[/] {rows:,} rows of {len(made.tables)} tables from {made.created[:19]}")
    if made.files is None:
        screen.out.print(f"  no files were in it; they were at {made.storage}", markup=False)
    else:
        screen.out.print(f"  {restored.files:,} files")
