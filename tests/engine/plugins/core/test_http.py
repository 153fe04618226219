"""HTTP tasks against a real server on this machine."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.model.execution import ExecutionTrigger
from engine.model.state import State
from engine.plugins.core.http.request import LARGEST_BODY
from engine.storage.cipher import ENCRYPTED

EVENTS = b': hi\ndata: {"message": "Hello"}\nid: 1\n\nevent: more\ndata: {"message": 2}\n\ndata: [DONE]\n\n'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        if path.startswith("/status/"):
            self.reply(int(path.rpartition("/")[2]), b"the reason")
        elif path == "/redirect":
            self.reply(302, b"", Location="/echo?from=redirect")
        elif path == "/round":
            self.reply(302, b"", Location="/round")
        elif path == "/empty":
            self.reply(200, b"")
        elif path == "/binary":
            self.reply(200, b"\xff\xfe\x00")
        elif path == "/events":
            self.reply(200, EVENTS, **{"Content-Type": "text/event-stream"})
        elif path == "/bomb":
            packed = gzip.compress(bytes(LARGEST_BODY + 1), 1)
            self.reply(200, packed, **{"Content-Encoding": "gzip"})
        elif path == "/named":
            self.reply(200, b"abc", **{"Content-Disposition": 'attachment; filename="../my file.csv"'})
        elif path == "/data.csv":
            self.reply(200, b"a,b\n" * 100_000)
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"abc")
            self.close_connection = True
        elif path == "/hang":
            self.server.hanging.set()  # type: ignore[attr-defined]
            self.rfile.read(1)  # until the other side hangs up
            self.close_connection = True
        elif path == "/basic" and "Authorization" not in self.headers:
            self.reply(401, b"", **{"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
        else:
            seen = {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers),
                "body": body.decode("latin-1"),
            }
            self.reply(200, json.dumps(seen).encode(), **{"X-Two": "a", "Content-Type": "application/json"})

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def reply(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hanging = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def seen(output: dict[str, Any]) -> dict[str, Any]:
    return json.loads(output["body"])


def test_a_request_gives_code_headers_and_text(make_context, run_task, server) -> None:
    output = run_task(
        make_context(), "core.http.Request", uri=f"{server.url}/a b?x=1", params={"y": "é", "n": 2}
    )
    assert (output["code"], output["headers"]["x-two"]) == (200, ["a"])
    got = seen(output)
    assert (got["method"], got["path"]) == ("GET", "/a%20b?x=1&y=%C3%A9&n=2")
    assert got["headers"]["User-Agent"] == "Kestra"
    assert got["headers"]["Content-Type"] == "application/json"


def test_body_headers_and_token_are_sent(make_context, run_task, server) -> None:
    output = run_task(
        make_context(),
        "core.http.Request",
        uri=server.url,
        method="post",
        body='{"id": "{{ flow.id }}"}',
        contentType="text/x",
        headers={"X-Flow": "{{ flow.id }}", "X-None": None},
        options={"auth": {"type": "BEARER", "token": "{{ flow.id }}"}},
    )
    got = seen(output)
    assert (got["method"], got["body"]) == ("POST", '{"id": "my-flow"}')
    assert got["headers"]["Content-Type"] == "text/x"
    assert got["headers"]["X-Flow"] == "my-flow"
    assert got["headers"]["Authorization"] == "Bearer my-flow"


@pytest.mark.parametrize(
    "options",
    [
        {"auth": {"type": "BASIC", "username": "me", "password": "pw"}},
        {"basicAuthUser": "me", "basicAuthPassword": "pw"},
    ],
)
def test_basic_auth(make_context, run_task, server, options) -> None:
    got = seen(run_task(make_context(), "core.http.Request", uri=server.url, options=options))
    assert base64.b64decode(got["headers"]["Authorization"].removeprefix("Basic ")) == b"me:pw"


def test_digest_auth(make_context, run_task, server) -> None:
    auth = {"type": "DIGEST", "username": "me", "password": "pw"}
    output = run_task(make_context(), "core.http.Request", uri=f"{server.url}/basic", options={"auth": auth})
    assert seen(output)["headers"]["Authorization"].startswith('Digest username="me"')


def test_a_form_is_sent_url_encoded(make_context, run_task, server) -> None:
    form = {"a": "x y", "b": {"c": 1}}
    got = seen(
        run_task(make_context(), "core.http.Request", uri=server.url, method="POST", formData=form, body="no")
    )
    assert got["body"] == "a=x+y&b=%7B%22c%22%3A1%7D"
    assert got["headers"]["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_form_with_files(make_context, run_task, server) -> None:
    ctx = make_context()
    uri = ctx.put("zones.csv", b"id,zone")
    form = {"title": "trips", "file": uri, "named": {"name": "n.csv", "content": uri}}
    got = seen(
        run_task(
            ctx,
            "core.http.Request",
            uri=server.url,
            method="POST",
            formData=form,
            contentType="multipart/form-data",
        )
    )
    assert got["headers"]["Content-Type"].startswith("multipart/form-data; boundary=")
    assert got["body"].count("id,zone") == 2
    assert 'name="title"\r\n\r\ntrips' in got["body"].replace("Content-Type: text/plain\r\n", "")
    assert 'filename="n.csv"' in got["body"] and 'zones.csv"' in got["body"]


@pytest.mark.parametrize(
    ("code", "options", "passes"),
    [
        (404, {}, False),
        (500, {"options": {"allowFailed": True}}, True),
        (500, {"allowFailed": True}, True),
        (404, {"options": {"allowedResponseCodes": [404]}}, True),
        (200, {"options": {"allowedResponseCodes": [201], "allowFailed": True}}, False),
    ],
    ids=str,
)
def test_status_rule(make_context, run_task, server, code, options, passes) -> None:
    uri = f"{server.url}/status/{code}"
    if passes:
        assert run_task(make_context(), "core.http.Request", uri=uri, **options)["code"] == code
    else:
        with pytest.raises(TaskFailure, match=f"answered {code} .*: the reason"):
            run_task(make_context(), "core.http.Request", uri=uri, **options)


def test_redirects(make_context, run_task, server) -> None:
    output = run_task(make_context(), "core.http.Request", uri=f"{server.url}/redirect")
    assert output["uri"] == f"{server.url}/echo?from=redirect"
    stay = {"followRedirects": False}
    assert (
        run_task(make_context(), "core.http.Request", uri=f"{server.url}/redirect", options=stay)["code"]
        == 302
    )
    with pytest.raises(TaskFailure, match="redirected in circles"):
        run_task(make_context(), "core.http.Request", uri=f"{server.url}/round")


def test_bodies_that_are_empty_or_no_text(make_context, run_task, server) -> None:
    assert run_task(make_context(), "core.http.Request", uri=f"{server.url}/empty")["body"] is None
    with pytest.raises(TaskFailure, match=r"core\.http\.Download"):
        run_task(make_context(), "core.http.Request", uri=f"{server.url}/binary")


def test_a_body_that_is_too_large_for_an_output_is_refused(make_context, run_task, server) -> None:
    with pytest.raises(TaskFailure, match=r"more than 64 MB.*http\.Download"):
        run_task(make_context(), "core.http.Request", uri=f"{server.url}/bomb")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://127.0.0.1:1/x", "the host cannot be reached"),
        ("ftp://example.com", "must begin with http"),
        ("example.com", "must begin with http"),
        ("http://host.invalid/", "the host cannot be reached"),
    ],
)
def test_unreachable(make_context, run_task, uri, message) -> None:
    with pytest.raises(TaskFailure, match=message):
        run_task(make_context(), "core.http.Request", uri=uri)


def test_tls_with_what_speaks_none(make_context, run_task, server) -> None:
    with pytest.raises(TaskFailure, match="no secure connection"):
        run_task(make_context(), "core.http.Request", uri=server.url.replace("http:", "https:"))


def test_a_request_goes_through_a_proxy(make_context, run_task, server) -> None:
    host, port = server.server_address[:2]
    proxy = {"type": "HTTP", "address": host, "port": port, "username": "ann", "password": "pass"}
    flat = {f"proxy{name.title()}": value for name, value in proxy.items()}
    for options in ({"proxy": proxy}, flat):
        output = run_task(make_context(), "core.http.Request", uri="http://far.invalid/x", options=options)
        assert seen(output)["path"] == "http://far.invalid/x"
        assert seen(output)["headers"]["Proxy-Authorization"] == "Basic YW5uOnBhc3M="
    direct = {"proxy": {**proxy, "type": "DIRECT", "port": 1}}
    assert run_task(make_context(), "core.http.Request", uri=server.url, options=direct)["code"] == 200
    with pytest.raises(TaskFailure, match="the address of the proxy is missing"):
        run_task(make_context(), "core.http.Request", uri=server.url, options={"proxy": {"type": "HTTP"}})


def test_a_request_goes_through_a_socks_proxy(make_context, run_task, server) -> None:
    asked: list[bytes] = []

    class Socks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _, count = self.rfile.read(2)
            self.rfile.read(count)
            self.wfile.write(b"\x05\x00")  # version 5, no login
            _, _, _, kind, length = self.rfile.read(5)
            assert kind == 3
            asked.append(self.rfile.read(length))
            self.rfile.read(2)
            self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.read(1)
            with socket.create_connection(server.server_address[:2]) as far:
                far.sendall(head.replace(b"Connection: keep-alive", b"Connection: close"))
                while block := far.recv(65536):
                    self.wfile.write(block)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Socks) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        options = {"proxy": {"type": "SOCKS", "address": "127.0.0.1", "port": proxy.server_address[1]}}
        output = run_task(make_context(), "core.http.Request", uri="http://far.invalid/x", options=options)
        proxy.shutdown()
        thread.join()
    assert (asked, seen(output)["path"]) == ([b"far.invalid"], "/x")


def test_an_encrypted_body_is_read_by_expressions_and_hidden_in_logs(run, engine, server) -> None:
    ended = run(
        f"""
id: hush
namespace: company.team
tasks:
  - {{id: api, type: io.kestra.plugin.core.http.Request, uri: "{server.url}/status/200", encryptBody: true}}
  - {{id: show, type: io.kestra.plugin.core.log.Log, message: "it says {{{{ outputs.api.encryptedBody }}}}"}}
  - {{id: size, type: io.kestra.plugin.core.debug.Return, format: "{{{{ outputs.api.encryptedBody | length }}}}"}}
"""
    )
    api, _, size = (run.outputs for run in ended.task_runs)
    assert ended.state is State.SUCCESS and size == {"value": "10"}
    assert api["encryptedBody"]["type"] == ENCRYPTED and "the reason" not in str(api)
    assert api.get("body") is None
    said = [entry.message for entry in engine.logs(ended.id)]
    assert "it says ******" in said and not any("the reason" in one for one in said)


def test_an_encrypted_body_of_a_trigger_is_read_by_expressions(plugin, make_context, engine, server) -> None:
    ctx = make_context()
    ctx.world = replace(ctx.world, cipher=engine.cipher)
    fired = plugin(ctx, "core.http.Trigger", uri=f"{server.url}/status/200", encryptBody=True).poll(ctx)
    assert fired.variables["encryptedBody"]["type"] == ENCRYPTED and "body" not in fired.variables
    source = """
id: after-poll
namespace: company.team
tasks:
  - {id: size, type: io.kestra.plugin.core.debug.Return, format: "{{ trigger.encryptedBody | length }}"}
  - {id: show, type: io.kestra.plugin.core.log.Log, message: "it says {{ trigger.encryptedBody }}"}
triggers:
  - {id: poll, type: io.kestra.plugin.core.http.Trigger, uri: "http://127.0.0.1:1", encryptBody: true}
"""
    row = engine.save(source)
    trigger = ExecutionTrigger("poll", "io.kestra.plugin.core.http.Trigger", fired.variables)
    ended = engine.wait(engine.start(row.namespace, row.id, trigger=trigger).id, 20)
    assert ended.task_runs[0].outputs == {"value": "10"}
    assert "it says ******" in [entry.message for entry in engine.logs(ended.id)]


def test_a_body_cannot_be_encrypted_without_a_key(make_context, run_task, plugin, server) -> None:
    with pytest.raises(TaskFailure, match="FLOWSMITH_ENCRYPTION_KEY"):
        run_task(make_context(), "core.http.Request", uri=server.url, encryptBody=True)
    with pytest.raises(TaskFailure, match="FLOWSMITH_ENCRYPTION_KEY"):
        plugin(make_context(), "core.http.Trigger", uri=server.url, encryptBody=True).poll(make_context())


def test_idle_time(make_context, run_task, server) -> None:
    options = {"timeout": {"readIdleTimeout": "PT0.05S"}}
    with pytest.raises(TaskFailure, match=r"nothing was sent for 0\.05 s"):
        run_task(make_context(), "core.http.Request", uri=f"{server.url}/hang", options=options)


def test_a_kill_closes_the_connection(make_context, run_task, server) -> None:
    ctx = make_context()
    server.hanging.clear()

    def kill() -> None:
        server.hanging.wait(10)
        ctx.cancel()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(TaskFailure, match="was stopped"):
        run_task(ctx, "core.http.Download", uri=f"{server.url}/hang")
    killer.join()


def test_what_is_logged_hides_credentials(make_context, run_task, server) -> None:
    ctx = make_context()
    options = {
        "auth": {"type": "BEARER", "token": "hush"},
        "logs": ["REQUEST_HEADERS", "REQUEST_BODY", "RESPONSE_HEADERS", "RESPONSE_BODY"],
    }
    run_task(
        ctx, "core.http.Request", uri=f"{server.url}/status/200", method="POST", body="sent", options=options
    )
    text = "\n".join(ctx.messages)
    assert "hush" not in text and "******" in text
    assert "sent" in text and "the reason" in text


def test_a_download_is_stored(make_context, run_task, server) -> None:
    ctx = make_context()
    output = run_task(ctx, "core.http.Download", uri=f"{server.url}/data.csv?x=1.zip")
    assert (output["code"], output["length"]) == (200, 400_000)
    assert output["uri"].endswith(".csv")
    assert ctx.size(output["uri"]) == 400_000
    assert [(one.name, one.value) for one in ctx.metrics] == [("response.length", 400_000)]
    assert list(ctx.work_dir.iterdir()) == []


def test_names_of_downloads(make_context, run_task, server) -> None:
    ctx = make_context()
    assert run_task(ctx, "core.http.Download", uri=f"{server.url}/named")["uri"].endswith("-my%20file.csv")
    saved = run_task(ctx, "core.http.Download", uri=f"{server.url}/named", saveAs="{{ flow.id }}.csv")
    assert saved["uri"].endswith("-my-flow.csv")


def test_empty_downloads(make_context, run_task, server) -> None:
    with pytest.raises(TaskFailure, match="failOnEmptyResponse"):
        run_task(make_context(), "core.http.Download", uri=f"{server.url}/empty")
    ctx = make_context()
    assert (
        run_task(ctx, "core.http.Download", uri=f"{server.url}/empty", failOnEmptyResponse=False)["length"]
        == 0
    )
    assert "no content" in ctx.messages[0]


def test_a_download_that_breaks_off_fails(make_context, run_task, server) -> None:
    with pytest.raises(TaskFailure, match="broke off"):
        run_task(make_context(), "core.http.Download", uri=f"{server.url}/short")


def test_events_are_received(make_context, run_task, server) -> None:
    output = run_task(make_context(), "core.http.SseRequest", uri=f"{server.url}/events")
    assert output["size"] == 3
    assert output["events"] == [
        {"comment": "hi", "data": {"message": "Hello"}, "id": "1"},
        {"event": "more", "data": {"message": 2}},
        {"data": "[DONE]"},
    ]


def test_events_are_joined_by_jq(make_context, run_task, server) -> None:
    uri = f"{server.url}/events"
    properties = {"uri": uri, "concatJqExpression": ".data.message"}
    output = run_task(make_context(), "core.http.SseRequest", **properties, failedOnMissingJq=False)
    assert (output["result"], output["events"]) == ("Hello2", None)
    with pytest.raises(TaskFailure, match="found nothing in the event"):
        run_task(make_context(), "core.http.SseRequest", **properties)
    with pytest.raises(TaskFailure, match="only texts, numbers and booleans"):
        run_task(make_context(), "core.http.SseRequest", uri=uri, concatJqExpression=".data")
    with pytest.raises(TaskFailure, match="is not a jq expression"):
        run_task(make_context(), "core.http.SseRequest", uri=uri, concatJqExpression=".[")


@pytest.mark.parametrize(
    ("code", "properties", "fires"),
    [
        (200, {}, True),
        (404, {}, False),
        (404, {"responseCondition": "{{ response.statusCode == 404 }}"}, True),
        (200, {"responseCondition": "{{ response.body contains 'nothing' }}"}, False),
    ],
    ids=str,
)
def test_the_trigger_fires_on_its_condition(make_context, plugin, server, code, properties, fires) -> None:
    ctx = make_context(trigger_id="look", execution_id="", task_run_id="")
    fired = plugin(ctx, "core.http.Trigger", uri=f"{server.url}/status/{code}", **properties).poll(ctx)
    assert (fired is not None) == fires
    if fired is not None:
        assert (fired.variables["code"], fired.variables["body"]) == (code, "the reason")
