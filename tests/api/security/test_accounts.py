"""Accounts in the store."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from api.security.accounts import Accounts
from api.security.errors import AccountExists, AccountUnknown, Unacceptable
from api.security.password import Cost
from api.security.permission import Role
from engine.errors import Conflict
from engine.storage.memory import MemoryStore
from tests.api.security.conftest import OPERATOR, PASSWORD

MAIN = "/api/v1/main"
CHEAP = Cost(n=1 << 10, p=1)


class Seconds:
    """A clock the test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def accounts(store: MemoryStore, seconds: Seconds) -> Accounts:
    return Accounts(store.kv, operator="op@example.com", monotonic=seconds, cost=CHEAP)


def test_a_password_fits_its_account_in_any_case_of_the_name(accounts: Accounts) -> None:
    accounts.add("Ann@example.com", Role.EDITOR, PASSWORD)
    found = accounts.verify("ann@EXAMPLE.com", PASSWORD)
    assert found is not None and (found.name, found.role) == ("Ann@example.com", Role.EDITOR)
    assert accounts.verify("ann@example.com", PASSWORD + "x") is None
    assert accounts.verify("nobody", PASSWORD) is None


@pytest.mark.parametrize("name", ["ann@example.com", "ANN@example.com"])
def test_a_name_is_taken_once(accounts: Accounts, name: str) -> None:
    accounts.add("ann@example.com", Role.VIEWER, PASSWORD)
    with pytest.raises(AccountExists, match="already"):
        accounts.add(name, Role.ADMIN, PASSWORD)
    assert [one.role for one in accounts.all()] == [Role.VIEWER]


@pytest.mark.parametrize("name", ["op@example.com", "OP@Example.com"])
def test_nobody_is_called_like_the_operator(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountExists, match="FLOWSMITH_USERNAME"):
        accounts.add(name, Role.ADMIN, PASSWORD)
    with pytest.raises(Conflict, match="FLOWSMITH_PASSWORD"):
        accounts.set_password("op@example.com", PASSWORD)


@pytest.mark.parametrize("name", ["", "a:b", "a b", "-x", "a/b", "x" * 101, "ann\n", "аnn@example.com"])
def test_names_that_cannot_be_used(accounts: Accounts, name: str) -> None:
    with pytest.raises(Unacceptable, match="name"):
        accounts.add(name, Role.VIEWER, PASSWORD)
    assert accounts.all() == []


def test_a_weak_password_changes_nothing(accounts: Accounts) -> None:
    with pytest.raises(Unacceptable, match="12 characters"):
        accounts.add("ann", Role.VIEWER, "short")
    accounts.add("ann", Role.VIEWER, PASSWORD)
    with pytest.raises(Unacceptable):
        accounts.set_password("ann", "short")
    assert accounts.verify("ann", PASSWORD) is not None


def test_what_another_process_changes_counts_within_seconds(
    accounts: Accounts, store: MemoryStore, seconds: Seconds
) -> None:
    accounts.add("ann", Role.EDITOR, PASSWORD)
    assert accounts.find("ann") is not None
    Accounts(store.kv, cost=CHEAP).set_role("ann", Role.VIEWER)
    seconds.now += 5
    found = accounts.find("ann")
    assert found is not None and found.role is Role.VIEWER
    Accounts(store.kv, cost=CHEAP).remove("ann")
    seconds.now += 5
    assert accounts.find("ann") is None


def test_an_account_that_is_gone_is_unknown(accounts: Accounts) -> None:
    accounts.add("ann", Role.EDITOR, PASSWORD)
    accounts.remove("ANN")
    for act in (accounts.remove, accounts.get):
        with pytest.raises(AccountUnknown, match="'ann'"):
            act("ann")


def test_a_password_is_nowhere_in_the_store(accounts: Accounts, store: MemoryStore) -> None:
    accounts.add("ann", Role.EDITOR, PASSWORD)
    assert PASSWORD not in repr(store.kv.search(now=datetime.now(UTC)).results)


def test_the_api_lists_adds_and_removes(admin: httpx.Client) -> None:
    body = {"name": "new@example.com", "role": "editor", "password": PASSWORD}
    made = admin.post(f"{MAIN}/accounts", json=body)
    assert made.status_code == 201 and set(made.json()) == {"name", "role", "created", "updated"}
    assert admin.post(f"{MAIN}/accounts", json=body).status_code == 409
    listed = admin.get(f"{MAIN}/accounts")
    rows = {row["name"]: row["role"] for row in listed.json()["results"]}
    assert rows[OPERATOR[0]] == "admin" and rows[body["name"]] == "editor"
    assert "scrypt" not in listed.text and PASSWORD not in listed.text
    assert admin.get("/api/v1/accounts/new@example.com").json()["role"] == "editor"
    assert admin.delete(f"{MAIN}/accounts/new@example.com").status_code == 204
    assert admin.get(f"{MAIN}/accounts/new@example.com").status_code == 404
    assert admin.delete(f"{MAIN}/accounts/{OPERATOR[0]}").status_code == 422


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"password": "short-and-secret"[:9]}, "12 characters"),
        ({"role": "king"}, "admin"),
        ({"name": "a:b"}, "not a name"),
        ({"password": None}, "password"),
        ({"isAdmin": True}, "isAdmin"),
    ],
)
def test_a_refused_account_says_why_and_not_the_password(
    admin: httpx.Client, change: dict[str, object], word: str
) -> None:
    body = {"name": "never@example.com", "role": "viewer", "password": PASSWORD, **change}
    answer = admin.post(f"{MAIN}/accounts", json=body)
    assert answer.status_code == 422 and word in answer.json()["message"]
    assert PASSWORD not in answer.text and "short-and" not in answer.text
    assert admin.get(f"{MAIN}/accounts/never@example.com").status_code == 404
