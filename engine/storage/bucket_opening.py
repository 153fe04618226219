"""Opening a bucket by its address, and saying in words what a store of objects answers."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import fsspec

from engine.errors import StorageError

CONNECT_SECONDS = 10
READ_SECONDS = 60
SETTING = "FLOWSMITH_STORAGE_URL"


@dataclass(frozen=True, slots=True)
class Driver:
    """What to tell about one kind of store, and the errors its package raises besides OSError."""

    title: str
    extra: str
    login: str
    address: str
    errors: tuple[str, ...]


_S3 = Driver(
    "S3",
    "s3",
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or a profile, or a role of the machine) of somebody "
    "who may read, write, list and delete there",
    "check the network, AWS_REGION and, for another S3 than Amazon's, AWS_ENDPOINT_URL",
    ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError"),
)
_GCS = Driver(
    "Cloud Storage",
    "gcs",
    "set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account (or use the machine's own) that "
    "may read, write, list and delete there (roles/storage.objectAdmin)",
    "check the network and, for an emulator, STORAGE_EMULATOR_HOST",
    ("gcsfs.retry.HttpError", "google.auth.exceptions.GoogleAuthError", "aiohttp.ClientError"),
)
_DRIVERS = {"s3": _S3, "s3a": _S3, "gs": _GCS, "gcs": _GCS}

_REFUSED = re.compile(
    r"\b(40[13]|forbidden|access.?denied|unauthori[sz]ed|anonymous caller|invalid.?access.?key.*"
    r"|signature.?does.?not.?match|unable to locate credentials|invalid.?credentials|invalid_grant"
    r"|(in)?sufficient.*(permission|access)|expired.?token|invalid.?token|default credentials)\b",
    re.IGNORECASE | re.DOTALL,
)
_ABSENT = re.compile(r"no.?such.?bucket|bucket.*(not.?exist|not.?found)|\b404\b|not found", re.I | re.S)


@dataclass(frozen=True, slots=True)
class OpenBucket:
    """A file system of fsspec and the path in it below which files are; `place` may be told to anybody."""

    fs: Any
    root: str
    place: str
    driver: Driver | None
    errors: tuple[type[Exception], ...]

    @contextmanager
    def telling(self, doing: str) -> Iterator[None]:
        """Turn what the package raises into StorageError; what does not exist stays FileNotFoundError."""
        try:
            yield
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise
        except self.errors as error:
            raise StorageError(f"{self.place} did not {doing}: {_reason(error)}") from error

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn whatever goes wrong with the first requests into StorageError that tells the fix."""
        try:
            yield
        except self.errors as error:
            raise StorageError(f"{self.place} cannot be used: {self._fix(error)}") from error

    def _fix(self, error: Exception) -> str:
        reason = _reason(error)
        if self.driver is None:
            return f"{reason}; correct {SETTING}"
        if isinstance(error, FileNotFoundError) or _ABSENT.search(reason):
            bucket = self.root.partition("/")[0]
            return f"there is no bucket '{bucket}' ({reason}); make it, or correct {SETTING}"
        if isinstance(error, PermissionError) or _REFUSED.search(f"{type(error).__name__} {reason}"):
            return f"the credentials were refused ({reason}); {self.driver.login}"
        return f"{reason}; {self.driver.address}"

    def close(self) -> None:
        """Close the connections."""
        session = getattr(self.fs, "_s3", None) or getattr(self.fs, "_session", None)
        if session is not None:
            with suppress(Exception):  # the process ends anyway
                self.fs.close_session(self.fs.loop, session)


def open_bucket(url: str, options: Mapping[str, Any]) -> OpenBucket:
    """Open the file system of an address; asks nothing of it yet.

    Raises StorageError for an address without meaning, with a password in it, or whose package is missing.
    """
    scheme, _, rest = url.partition("://")
    driver = _DRIVERS.get(scheme)
    if "@" in rest.partition("/")[0] or "?" in rest:
        raise StorageError(
            f"{SETTING}: the address of a bucket holds neither names, passwords nor parameters; write "
            f"{scheme}://bucket/path and " + (driver.login if driver else "give them by the environment")
        )
    if driver is not None and not rest.partition("/")[0]:
        raise StorageError(
            f"{SETTING}: '{url}' names no bucket; write {scheme}://bucket or {scheme}://bucket/path"
        )
    try:
        fs, root = _file_system(url, driver, {**_options(driver), **options})
    except ImportError as error:
        install = f"pip install 'flowsmith[{driver.extra}]'" if driver else str(error)
        raise StorageError(f"Files at {scheme}:// need a package that is not installed: {install}") from error
    except ValueError as error:
        raise StorageError(
            f"{SETTING}: {scheme}:// cannot be opened ({_reason(error)}); write file:///folder, "
            "s3://bucket/path or gs://bucket/path"
        ) from error
    except Exception as error:
        # A package may look for credentials while it is set up, and each has errors of its own.
        told = driver.login if driver else f"correct {SETTING}"
        raise StorageError(f"{scheme}:// cannot be opened: {_reason(error)}; {told}") from error
    title = driver.title if driver else scheme
    return OpenBucket(fs, str(root).rstrip("/"), f"{title} '{url}'", driver, _errors(driver))


def _file_system(url: str, driver: Driver | None, options: Mapping[str, Any]) -> tuple[Any, str]:
    if driver is _GCS:
        # The class that fsspec has for gs:// first asks another service, by gRPC, what kind of bucket it is.
        found = import_module("gcsfs.core").GCSFileSystem
        logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # what it tells, its exceptions tell us
        return found(**options), found._strip_protocol(url)
    return fsspec.core.url_to_fs(url, **options)  # type: ignore[no-any-return]  # fsspec has no types


def _options(driver: Driver | None) -> dict[str, Any]:
    # Other processes write as well, so a listing that is remembered would be wrong.
    fresh = {"use_listings_cache": False, "skip_instance_cache": True}
    if driver is _S3:
        retries = {"mode": "standard", "max_attempts": 4}
        network = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retries": retries}
        return {**fresh, "config_kwargs": network}
    if driver is _GCS:
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        return {**fresh, **({"token": "anon", "endpoint_url": emulator} if emulator else {})}
    return {}


def _errors(driver: Driver | None) -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [OSError, TimeoutError, fsspec.exceptions.FSTimeoutError]
    for name in driver.errors if driver else ():
        module, _, one = name.rpartition(".")
        found.append(getattr(import_module(module), one))
    return tuple(found)


def _reason(error: BaseException) -> str:
    """Return the first line of what was said."""
    return (str(error).strip() or type(error).__name__).partition("\n")[0][:300]
