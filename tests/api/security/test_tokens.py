"""API tokens: made once, narrowed, ended; and the clients that send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.security.errors import TokenUnknown, Unacceptable
from api.security.permission import Scope
from api.security.tokens import PLACE, USES, Tokens
from api.wiring import Wiring
from copilot.redact import redact
from engine.storage.memory import MemoryStore
from tests.api.conftest import post_flow, yaml_flow
from tests.api.security.conftest import OPERATOR, PASSWORD, as_user, with_token

MAIN = "/api/v1/main"


class Time:
    """A clock the test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def tokens(store: MemoryStore, time: Time) -> Tokens:
    return Tokens(store.kv, clock=time, monotonic=time.seconds)


def test_a_token_is_found_by_its_text_only(tokens: Tokens) -> None:
    token, text = tokens.create("ann", "ci", [Scope.RUN])
    found = tokens.find(text)
    assert found is not None and found.id == token.id and found.scopes == (Scope.RUN,)
    for wrong in (
        "",
        text[:-1],
        text + "x",
        text[:-1] + ("a" if text[-1] != "a" else "b"),
        token.id,
        token.hash,
    ):
        assert tokens.find(wrong) is None


def test_its_text_is_nowhere_in_the_store(tokens: Tokens, store: MemoryStore) -> None:
    _, text = tokens.create("ann", "ci", [Scope.READ])
    secret = text.rpartition("_")[2]
    assert secret not in repr(store.kv.search().results)


def test_its_text_never_goes_to_a_model(tokens: Tokens) -> None:
    for _ in range(50):
        _, text = tokens.create("ann", "ci", [Scope.READ])
        assert text.rpartition("_")[2] not in redact(f"curl -H 'Authorization: Bearer {text}'").text
        assert text.rpartition("_")[2] not in redact(f"see {text} here").text


def test_it_ends(tokens: Tokens, time: Time) -> None:
    _, text = tokens.create("ann", "ci", [Scope.READ], time.now + timedelta(hours=1))
    assert tokens.find(text) is not None
    time.now += timedelta(hours=1)
    assert tokens.find(text) is None


def test_it_is_revoked_by_its_owner(tokens: Tokens) -> None:
    token, text = tokens.create("ann", "ci", [Scope.READ])
    with pytest.raises(TokenUnknown):
        tokens.revoke(token.id, "bob")
    assert tokens.find(text) is not None
    tokens.revoke(token.id, "Ann")
    assert tokens.find(text) is None
    with pytest.raises(TokenUnknown):
        tokens.revoke(token.id)


def test_a_revocation_by_another_process_counts_within_seconds(
    tokens: Tokens, store: MemoryStore, time: Time
) -> None:
    token, text = tokens.create("ann", "ci", [Scope.READ])
    assert tokens.find(text) is not None
    Tokens(store.kv).revoke(token.id)
    time.now += timedelta(seconds=5)
    assert tokens.find(text) is None


def test_its_last_use_is_written_once_a_minute_and_never_brings_it_back(
    tokens: Tokens, store: MemoryStore, time: Time
) -> None:
    token, text = tokens.create("ann", "ci", [Scope.READ])
    tokens.find(text)
    first = time.now
    time.now += timedelta(seconds=59)
    tokens.find(text)
    assert tokens.all()[0].last_used == first
    time.now += timedelta(seconds=1)
    tokens.find(text)
    assert tokens.all()[0].last_used == time.now
    store.kv.delete(PLACE, token.id)
    time.now += timedelta(minutes=2)
    assert tokens.find(text) is None and tokens.all() == []
    assert store.kv.get(USES, token.id) is not None


@pytest.mark.parametrize(
    ("name", "scopes", "ends", "word"),
    [
        ("", [Scope.READ], 1, "name"),
        ("a" * 101, [Scope.READ], 1, "name"),
        ("a\nb", [Scope.READ], 1, "name"),
        ("ci", [], 1, "scopes"),
        ("ci", [Scope.READ], 0, "expires"),
    ],
)
def test_what_cannot_be_used_is_refused(
    tokens: Tokens, time: Time, name: str, scopes: list[Scope], ends: int, word: str
) -> None:
    with pytest.raises(Unacceptable, match=word):
        tokens.create("ann", name, scopes, time.now + timedelta(days=ends))
    assert tokens.all() == []


# -- over the service


def made(client: httpx.Client, *scopes: str, name: str = "test") -> str:
    answer = client.post(f"{MAIN}/tokens", json={"name": name, "scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["token"])


def test_scopes_narrow_and_the_role_caps(url: str, editor: httpx.Client, viewer: httpx.Client) -> None:
    with with_token(url, made(editor, "read")) as reader, with_token(url, made(editor, "write")) as writer:
        assert reader.get(f"{MAIN}/flows/search").status_code == 200
        refused = post_flow(reader, yaml_flow("by-token"))
        assert refused.status_code == 403
        assert refused.json()["message"] == (
            "Forbidden: this needs the permission write, which this token has not"
        )
        assert post_flow(writer, yaml_flow("by-token")).status_code == 200
        assert writer.post(f"{MAIN}/executions/demo/by-token").status_code == 403
    with (
        with_token(url, made(editor, "run")) as runner,
        with_token(url, made(viewer, "run", "write")) as capped,
    ):
        assert runner.post(f"{MAIN}/executions/demo/by-token").status_code == 200
        assert post_flow(capped, yaml_flow("by-token-2")).status_code == 403
        assert capped.get(f"{MAIN}/flows/demo/by-token").status_code == 200


def test_a_token_makes_no_tokens_and_is_never_an_admin(url: str, admin: httpx.Client) -> None:
    with with_token(url, made(admin, "read", "run", "write")) as client:
        for method, path in (("POST", "tokens"), ("GET", "tokens"), ("POST", "copilot/drafts/x/acceptance")):
            answer = client.request(method, f"{MAIN}/{path}", json={"name": "more"})
            assert answer.status_code == 403 and "a token cannot" in answer.json()["message"]
        assert client.put("/api/v1/me/password", json={}).status_code == 403
        assert client.get(f"{MAIN}/accounts").status_code == 403
        assert client.get(f"{MAIN}/audits").status_code == 403


def test_a_misspelt_expiry_makes_no_endless_token(editor: httpx.Client) -> None:
    before = editor.get(f"{MAIN}/tokens").json()["total"]
    answer = editor.post(f"{MAIN}/tokens", json={"name": "x", "expiry": "2030-01-01T00:00:00Z"})
    assert answer.status_code == 422 and "expiry" in answer.json()["message"]
    assert editor.get(f"{MAIN}/tokens").json()["total"] == before


def test_it_is_listed_without_its_text_and_revoked(
    url: str, editor: httpx.Client, viewer: httpx.Client
) -> None:
    text = made(editor, "read", name="for the list")
    rows = editor.get(f"{MAIN}/tokens").json()["results"]
    mine = next(row for row in rows if row["name"] == "for the list")
    assert set(mine) >= {"id", "owner", "scopes", "created"} and "hash" not in mine and "token" not in mine
    assert viewer.delete(f"{MAIN}/tokens/{mine['id']}").status_code == 404
    with with_token(url, text) as client:
        assert client.get("/api/v1/me").json()["via"] == "token"
        assert editor.delete(f"{MAIN}/tokens/{mine['id']}").status_code == 204
        assert client.get("/api/v1/me").status_code == 401


def test_it_ends_with_its_owner(url: str, admin: httpx.Client) -> None:
    name = "leaves@example.com"
    admin.post(f"{MAIN}/accounts", json={"name": name, "role": "editor", "password": PASSWORD})
    with as_user(url, (name, PASSWORD)) as owner:
        text = made(owner, "write")
    with with_token(url, text) as client:
        assert client.get("/api/v1/me").status_code == 200
        assert admin.put(f"{MAIN}/accounts/{name}", json={"role": "viewer"}).status_code == 200
        assert post_flow(client, yaml_flow("left")).status_code == 403
        assert admin.delete(f"{MAIN}/accounts/{name}").status_code == 204
        assert client.get("/api/v1/me").status_code == 401
    admin.post(f"{MAIN}/accounts", json={"name": name, "role": "admin", "password": PASSWORD})
    with with_token(url, text) as client:
        assert client.get("/api/v1/me").status_code == 401


def test_kestrapy_sends_it(url: str, wiring: Wiring) -> None:
    kestrapy = pytest.importorskip("kestrapy", reason="the SDK is a development dependency")
    exceptions = pytest.importorskip("kestrapy.exceptions")
    _, reads = wiring.security.tokens.create(OPERATOR[0], "sdk", [Scope.READ])
    _, writes = wiring.security.tokens.create(OPERATOR[0], "sdk", [Scope.WRITE, Scope.RUN])
    reader = kestrapy.KestraClient(host=url, token=reads, timeout=30)
    writer = kestrapy.KestraClient(host=url, token=writes, timeout=30)
    source = yaml_flow("by-sdk")
    with pytest.raises(exceptions.ForbiddenException) as refused:
        reader.flows.create_flow(tenant="main", body=source)
    assert "permission write" in str(refused.value)
    assert writer.flows.create_flow(tenant="main", body=source).id == "by-sdk"
    execution = writer.executions.create_execution(tenant="main", namespace="demo", id="by-sdk", wait=True)
    assert execution.state.current == "SUCCESS"
    assert reader.executions.execution(execution_id=execution.id, tenant="main").id == execution.id
    with pytest.raises(exceptions.UnauthorizedException):
        kestrapy.KestraClient(host=url, token="flowsmith_no", timeout=30).flows.flow(
            tenant="main", namespace="demo", id="by-sdk"
        )


def test_the_older_client_sends_it(url: str, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    kestra = pytest.importorskip("kestra", reason="the client is a development dependency")
    _, text = wiring.security.tokens.create(OPERATOR[0], "pip", [Scope.WRITE, Scope.RUN])
    wiring.engine.save(yaml_flow("by-pip"))
    monkeypatch.setenv("KESTRA_HOSTNAME", url)
    monkeypatch.setenv("KESTRA_API_TOKEN", text)
    assert kestra.Flow(poll_interval=0).execute("demo", "by-pip").status == "SUCCESS"
