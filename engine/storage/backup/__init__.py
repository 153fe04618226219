"""Backup of a database and its files into one archive, and its restore, on any of the databases."""

from __future__ import annotations

from engine.storage.backup.archive import Archive, Manifest
from engine.storage.backup.make import make_backup
from engine.storage.backup.restore import Restored, restore_backup

__all__ = ["Archive", "Manifest", "Restored", "make_backup", "restore_backup"]
