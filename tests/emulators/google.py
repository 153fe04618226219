"""Fixtures: Google Cloud on this machine, found by the real clients through their environment variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.emulators import bigquery as bigquery_emulator
from tests.emulators import gcs as gcs_emulator
from tests.emulators.bigquery import BigQuery
from tests.emulators.gcs import Gcs

PROJECT = "test-project"


@dataclass(frozen=True, slots=True)
class Google:
    """Both services."""

    gcs: Gcs
    bigquery: BigQuery

    @property
    def service_account(self) -> str:
        """The text of a key that the services accept."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": "1",
                "private_key": _private_key(),
                "client_email": f"loader@{PROJECT}.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"{self.bigquery.url}/token",
            }
        )


@cache
def _private_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="session")
def google_servers(stand_in: None) -> Iterator[Google]:
    """Run both services for all tests of this process."""
    with gcs_emulator.serve() as gcs, bigquery_emulator.serve(gcs.get, gcs.put, gcs.names) as bigquery:
        yield Google(gcs, bigquery)


@pytest.fixture
def google(google_servers: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Return both services, empty, with the clients pointed to them."""
    google_servers.gcs.storage.wipe()
    google_servers.gcs.tokens.clear()
    google_servers.bigquery.reset()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", google_servers.gcs.url)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", google_servers.bigquery.url)
    # The library asks a public address where an account may work, in the background: that ends at this port.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return google_servers
