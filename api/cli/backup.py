"""`flowsmith backup`: database and files into one archive, while everything goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] flowsmith backup

[dim]$[/] flowsmith backup /backups/monday.zip --files

[dim]$[/] FLOWSMITH_DATABASE_URL=postgresql://… flowsmith backup --no-files
"""


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(help="The archive to write.", show_default="flowsmith-<date>.zip"),
    ] = None,
    with_files: Annotated[
        bool | None,
        typer.Option(
            "--files/--no-files",
            help="Put the files into the archive, or leave them where they are.",
            show_default="in it when they are in a folder, left when they are in a bucket",
        ),
    ] = None,
) -> None:
    """Write database and files into one archive. Services may go on; no program of PostgreSQL is needed.

    The encryption key is not in the archive: keep it (FLOWSMITH_ENCRYPTION_KEY, or encryption.key in the home
    folder) in another safe place. Without it encrypted values cannot be read any more.
    """
    from api.cli import screen
    from api.opening import key_mark
    from api.settings import plain, read_settings
    from api.version import own_version
    from engine.model.moment import now
    from engine.storage.backup import make_backup
    from engine.storage.backup.place import find_place
    from engine.storage.files import files_url, open_files

    settings = read_settings()
    path = target or Path(f"flowsmith-{now():%Y%m%d-%H%M%S}.zip")
    place = find_place(plain(settings.database_url), settings.home)
    storage = files_url(settings.storage_url, settings.home)
    wanted = storage.startswith("file:") if with_files is None else with_files
    files = open_files(settings.storage_url, settings.home) if wanted else None
    try:
        made = make_backup(
            path, place, files=files, storage=storage, version=own_version(), key=key_mark(settings)
        )
    finally:
        if files is not None:
            files.close()
    rows = sum(made.rows.values())
    screen.out.print(f"[green]●[/] {path}: {rows:,} rows of {len(made.tables)} tables", markup=True)
    kept = f"{made.files:,} files" if made.files is not None else f"no files; they stay at {storage}"
    screen.out.print(f"  {kept}; the encryption key is not in it", markup=False)
