"""Opening the engine over the data folder."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from api.settings import Settings, plain
from engine.engine import Engine, EngineOptions
from engine.errors import SettingsError
from engine.model.json import Json

KEY_FILE = "encryption.key"


def open_engine(settings: Settings, *, schedule: bool = True, in_memory: bool = False) -> Engine:
    """Return an open engine over the data folder."""
    return Engine.open(
        EngineOptions(
            home=settings.home,
            database_url=plain(settings.database_url),
            storage_url=settings.storage_url,
            environment=settings.environment,
            encryption_key=_encryption_key(settings),
            schedule=schedule,
            in_memory=in_memory,
            plugin_settings=_plugin_settings(settings),
        )
    )


def _plugin_settings(settings: Settings) -> dict[str, Json]:
    folders = [folder for folder in settings.allowed_paths.split(os.pathsep) if folder]
    return {"io.kestra.plugin.fs.local": {"allowed-paths": folders}} if folders else {}


def _encryption_key(settings: Settings) -> str:
    """Return the key set by the operator, or the one kept in the data folder, made at first use."""
    if settings.encryption_key is not None:
        return settings.encryption_key.get_secret_value()
    path = settings.home / KEY_FILE
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return _make_key(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; set FLOWSMITH_ENCRYPTION_KEY") from error


def _make_key(path: Path) -> str:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error}; choose another FLOWSMITH_HOME") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key
