"""Opening the engine over the data folder."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from api.home import make_home
from api.settings import Settings, plain
from engine.engine import Engine, EngineOptions, Role
from engine.errors import Conflict, SettingsError
from engine.model.json import Json

KEY_FILE = "encryption.key"
_PLACE = "_engine"
"""A namespace of the key-value store that no flow can have."""


def open_engine(
    settings: Settings,
    *,
    schedule: bool = True,
    in_memory: bool = False,
    role: Role = "up",
    queues: tuple[str, ...] = ("default",),
    threads: int = 16,
) -> Engine:
    """Return an open engine over the data folder."""
    make_home(settings.home)
    key = _encryption_key(settings)
    engine = Engine.open(
        EngineOptions(
            home=settings.home,
            database_url=plain(settings.database_url),
            storage_url=settings.storage_url,
            environment=settings.environment,
            encryption_key=key,
            schedule=schedule,
            in_memory=in_memory,
            role=role,
            queues=queues,
            threads=threads,
            namespace_queues=settings.namespace_queues,
            keep_executions=settings.keep_executions,
            keep_logs=settings.keep_logs,
            plugin_settings=_plugin_settings(settings),
        )
    )
    if engine.store.members is not None:
        try:
            _check_same_key(engine, key)
        except BaseException:
            engine.close()
            raise
    return engine


def _check_same_key(engine: Engine, key: str) -> None:
    """Refuse to work with another key than the other processes on the database: what one has encrypted the
    others could not read. Kept is a hash only.
    """
    mark = _mark(key)
    try:
        engine.store.kv.put(_PLACE, "key", mark, "STRING", engine.clock(), overwrite=False)
    except Conflict:
        known = engine.store.kv.get(_PLACE, "key")
        if known is not None and known.value != mark:
            raise SettingsError(
                "The processes on this database use another encryption key; set FLOWSMITH_ENCRYPTION_KEY to "
                "theirs (of a process started without one it is in encryption.key in its home folder)"
            ) from None


def key_mark(settings: Settings) -> str | None:
    """Return a hash of the encryption key in use, None where none has been set or made yet."""
    if settings.encryption_key is None and not (settings.home / KEY_FILE).exists():
        return None
    return _mark(_encryption_key(settings))


def _mark(key: str) -> str:
    return hashlib.sha256(b"flowsmith key" + key.encode()).hexdigest()


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
