"""A Docker Engine on a local socket: its REST interface, with containers that are processes of this machine.

What the tests need, no more. The command of a container really runs, in a folder of its own: the paths of
its volumes are rewritten in arguments and variables to places below that folder, so that what was not copied
into the container is not there. A request it does not know is refused with a sentence that begins
`the emulator`.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import socketserver
import struct
import tarfile
import tempfile
import threading
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.emulators.docker_container import Container

_VERSION = re.compile(r"^/v\d+\.\d+")


class Refused(Exception):
    """What the daemon answers with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Docker:
    """A running emulator, and what tests look at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        self.images: dict[str, dict[str, Any]] = {}
        """Images on the machine by `name:tag`; further entries become their labels, `Cmd`, `Entrypoint`."""
        self.registry: dict[str, dict[str, Any]] = {}
        """Images that can be pulled. With `login`, only by those who send this name and password."""
        self.containers: dict[str, Container] = {}
        self.removed: list[Container] = []
        self.pulled: list[str] = []
        self.pushed: list[str] = []
        self.built: list[dict[str, Any]] = []
        self.logins: list[dict[str, Any]] = []
        self.pruned: list[str] = []
        self.lock = threading.Lock()

    def add_image(self, name: str, **image: Any) -> None:
        """Have an image on the machine."""
        self.images[name] = {"Id": f"sha256:{abs(hash(name)):064x}"[:71], **image}

    # -- images

    def ping(self, **_: Any) -> Any:
        """GET whether it is there."""
        return "OK"

    def version(self, **_: Any) -> Any:
        """GET what it is."""
        return {"Version": "27.0.0", "ApiVersion": "1.46", "MinAPIVersion": "1.24", "Os": "linux"}

    def image(self, name: str, **_: Any) -> Any:
        """GET one image."""
        key, image = self._image(name)
        return {"Id": image["Id"], "RepoTags": [key], "Size": 5, "Created": "2026-01-01T00:00:00Z"}

    def image_list(self, **_: Any) -> Any:
        """GET all images."""
        return [
            {"Id": image["Id"], "RepoTags": [name], "RepoDigests": [], "Size": 5, "Created": 1, "Labels": {}}
            for name, image in self.images.items()
        ]

    def pull(self, tag: str = "", login: Any = None, **options: Any) -> Any:
        """POST a pull; the answer is a stream of events."""
        image = options["fromImage"]
        name = image if "@" in image else f"{image}:{tag or 'latest'}"
        if name not in self.registry:
            if image in {known.rpartition(":")[0] for known in self.registry}:
                raise Refused(404, f"manifest for {name} not found: manifest unknown: manifest unknown")
            raise Refused(404, f"pull access denied for {image}, repository does not exist")
        wanted = self.registry[name].get("login")
        given = login and (login.get("username"), login.get("password"))
        if wanted and given != wanted:
            raise Refused(500, f"unauthorized: incorrect username or password {login and login['password']}")
        return self._pulled(name)

    def _pulled(self, name: str) -> Iterator[Any]:
        yield {"status": f"Pulling from {name}", "id": "latest"}
        yield {"status": "Downloading", "progressDetail": {"current": 1, "total": 2}, "id": "abc"}
        if self.registry[name].get("broken"):
            yield {"error": "unexpected EOF", "errorDetail": {"message": "unexpected EOF"}}
            return
        yield {"status": "Pull complete", "progressDetail": {}, "id": "abc"}
        yield {"status": f"Status: Downloaded newer image for {name}"}
        self.pulled.append(name)
        self.add_image(name, **self.registry[name])

    def tag(self, name: str, repo: str, tag: str = "latest", **_: Any) -> Any:
        """POST another name for an image."""
        self.images[f"{repo}:{tag or 'latest'}"] = self._image(name)[1]
        return 201, None

    def push(self, name: str, tag: str = "latest", login: Any = None, **_: Any) -> Any:
        """POST a push; the answer is a stream of events."""
        key = f"{name}:{tag or 'latest'}"
        self._image(key)
        if not login and name.startswith("private"):
            return iter([{"error": "denied: requested access to the resource is denied"}])
        self.pushed.append(key)
        return iter([{"status": "Pushed", "id": "abc"}, {"aux": {"Tag": tag, "Digest": "sha256:feed"}}])

    def delete_image(self, name: str, force: str = "false", **_: Any) -> Any:
        """DELETE an image."""
        key, image = self._image(name)
        if any(c.image == key for c in self.containers.values()) and force.lower() not in ("true", "1"):
            raise Refused(409, f"conflict: unable to delete {key}: image is being used")
        del self.images[key]
        return [{"Untagged": key}, {"Deleted": image["Id"]}]

    def build(self, body: Any = b"", t: Any = "", **options: Any) -> Any:
        """POST a build context; RUN lines are executed."""
        context = Path(tempfile.mkdtemp(dir=self.folder))
        unpack(body, context)
        text = (context / options.get("dockerfile", "Dockerfile")).read_text()
        self.built.append({**options, "files": sorted(p.name for p in context.rglob("*")), "text": text})
        return self._built(text, [t] if isinstance(t, str) else t, options)

    def _built(self, text: str, tags: list[str], options: dict[str, Any]) -> Iterator[Any]:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield {"stream": f"Step {number} : {line}\n"}
            if line.startswith("FROM ") and f"{line[5:].strip()}" not in {*self.images, *self.registry}:
                yield {"error": f"pull access denied for {line[5:].strip()}"}
                return
            if line.startswith("RUN false"):
                yield {"error": "The command '/bin/sh -c false' returned a non-zero code: 1"}
                return
        for tag in tags:
            self.add_image(tag, labels=json.loads(options.get("labels", "{}")))
        image_id = self.images[tags[0]]["Id"] if tags else "sha256:0"
        yield {"aux": {"ID": image_id}}
        yield {"stream": f"Successfully built {image_id[7:19]}\n"}

    def prune(self, kind: str, **_: Any) -> Any:
        """POST a clean-up."""
        self.pruned.append(kind)
        removed = [c for c in self.containers.values() if c.ended.is_set()] if kind == "containers" else []
        for container in removed:
            self._remove(container)
        return {"ContainersDeleted": [c.id for c in removed], "SpaceReclaimed": 7}

    def _image(self, name: str) -> tuple[str, dict[str, Any]]:
        for key, image in self.images.items():
            if name in (key, image["Id"]) or (":" not in name and key == f"{name}:latest"):
                return key, image
        raise Refused(404, f"No such image: {name}")

    # -- containers

    def create(self, body: Any = None, **_: Any) -> Any:
        """POST a new container."""
        key, image = self._image(body["Image"])
        given = {name: value for name, value in body.items() if value not in (None, [])}
        container = Container(key, {**image, **given}, self.folder / f"c{len(self.containers)}")
        self.containers[container.id] = container
        return 201, {"Id": container.id, "Warnings": []}

    def inspect(self, key: str, **_: Any) -> Any:
        """GET one container."""
        container = self._container(key)
        return {
            "Id": container.id,
            "Name": f"/{container.id[:8]}",
            "Config": {"Tty": False, "Image": container.image},
            "State": {"Running": container.running, "Status": "running" if container.running else "exited"},
        }

    def start(self, key: str, **_: Any) -> Any:
        """POST the start; the command begins."""
        try:
            self._container(key).start()
        except FileNotFoundError as error:
            raise Refused(400, f'exec: "{error.filename}": executable file not found in $PATH') from error
        return 204, None

    def wait(self, key: str, **_: Any) -> Any:
        """POST and wait for the end."""
        container = self._container(key)
        container.ended.wait()
        return {"StatusCode": container.code}

    def kill(self, key: str, **_: Any) -> Any:
        """POST the end at once."""
        self._running(key).kill("KILL")
        return 204, None

    def stop(self, key: str, t: str = "10", **_: Any) -> Any:
        """POST a wish to end, then the end."""
        self._running(key).stop(float(t))
        return 204, None

    def delete(self, key: str, **options: Any) -> Any:
        """DELETE a container."""
        container = self._container(key)
        if container.running and options.get("force", "").lower() not in ("true", "1"):
            raise Refused(409, f"You cannot remove a running container {key}")
        container.removal = options
        self._remove(container)
        return 204, None

    def _remove(self, container: Container) -> None:
        with self.lock:
            if self.containers.pop(container.id, None) is not None:
                self.removed.append(container)
        container.close()

    def put_archive(self, key: str, path: str, body: Any = b"", **_: Any) -> Any:
        """PUT files into a container."""
        unpack(body, self._container(key).place(path))
        return None

    def get_archive(self, key: str, path: str, **_: Any) -> Any:
        """GET files out of a container."""
        return pack(self._container(key).place(path.removesuffix("/.")))

    def _container(self, key: str) -> Container:
        with self.lock:
            if key not in self.containers:
                raise Refused(404, f"No such container: {key}")
            return self.containers[key]

    def _running(self, key: str) -> Container:
        container = self._container(key)
        if not container.running:
            raise Refused(409, f"container {key} is not running")
        return container

    def close(self) -> None:
        """End all containers."""
        for container in [*self.containers.values(), *self.removed]:
            container.close()


def unpack(content: bytes, folder: Path) -> None:
    """Unpack a tar, compressed or not."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def pack(folder: Path) -> bytes:
    """Return a folder as a tar."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.add(folder, arcname=".")
    return file.getvalue()


_ID = r"/containers/(?P<key>\w+)"
_NAME = r"/images/(?P<name>.+)"
_ROUTES: list[tuple[str, str, str]] = [
    ("GET", "/_ping", "ping"),
    ("GET", "/version", "version"),
    ("GET", "/images/json", "image_list"),
    ("POST", "/images/create", "pull"),
    ("POST", "/(?P<kind>images|containers|volumes|networks|build)/prune", "prune"),
    ("GET", f"{_NAME}/json", "image"),
    ("POST", f"{_NAME}/tag", "tag"),
    ("POST", f"{_NAME}/push", "push"),
    ("DELETE", _NAME, "delete_image"),
    ("POST", "/build", "build"),
    ("POST", "/containers/create", "create"),
    ("GET", f"{_ID}/json", "inspect"),
    ("POST", f"{_ID}/start", "start"),
    ("POST", f"{_ID}/wait", "wait"),
    ("POST", f"{_ID}/kill", "kill"),
    ("POST", f"{_ID}/stop", "stop"),
    ("DELETE", _ID, "delete"),
    ("PUT", f"{_ID}/archive", "put_archive"),
    ("GET", f"{_ID}/archive", "get_archive"),
]


def _handler(docker: Docker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = _VERSION.sub("", unquote(parts.path))
            attach = re.fullmatch(f"{_ID}/attach", path)
            if attach:
                self._attach(attach["key"])
                return
            query = {k: v[0] if len(v) == 1 else v for k, v in parse_qs(parts.query).items()}
            body = self._body()
            if self.headers.get("Content-Type", "").startswith("application/json") and body:
                body = json.loads(body)
            login = self.headers.get("X-Registry-Auth")
            given = json.loads(urlsafe_b64decode(login + "==")) if login else None
            if given:
                docker.logins.append(given)
            try:
                action, found = self._action(path)
                self._answer(action(**{**query, **found, "body": body, "login": given}))
            except Refused as error:
                self._send(error.status, json.dumps({"message": str(error)}).encode(), "application/json")

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - names given by http.server

        def _action(self, path: str) -> tuple[Callable[..., Any], dict[str, str]]:
            for method, pattern, name in _ROUTES:
                match = re.fullmatch(pattern, path)
                if match and method == self.command.replace("HEAD", "GET"):
                    return getattr(docker, name), match.groupdict()
            raise Refused(501, f"the emulator does not know {self.command} {path}")

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _answer(self, answer: Any) -> None:
            status, content = answer if isinstance(answer, tuple) else (200, answer)
            if isinstance(content, Iterator):
                self._stream(content)
            elif isinstance(content, bytes):
                stat = b64encode(b'{"name": ".", "size": 0, "mode": 0}').decode()
                self._send(status, content, "application/x-tar", {"X-Docker-Container-Path-Stat": stat})
            elif isinstance(content, str):
                self._send(status, content.encode(), "text/plain")
            else:
                text = b"" if content is None else json.dumps(content).encode()
                self._send(status, text, "application/json")

        def _stream(self, events: Iterator[Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in events:
                text = json.dumps(event).encode() + b"\r\n"
                self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def _send(self, status: int, text: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status != 204:
                self.send_header("Content-Length", str(len(text)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(text)

        def _attach(self, key: str) -> None:
            """Hand over the connection: frames of 8 bytes head (stream, length) and text."""
            self._body()
            self.wfile.write(
                b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
                b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            )
            self.close_connection = True
            for stream, text in docker.containers[key].output():
                try:
                    self.wfile.write(struct.pack(">BxxxL", stream, len(text)) + text)
                    self.wfile.flush()
                except OSError:
                    return

        def address_string(self) -> str:
            return "local"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave at any moment."""


@contextmanager
def docker_engine() -> Iterator[Docker]:
    """Run an emulator on a socket in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="docker-"))
    docker = Docker(folder)
    server = _Server(str(folder / "docker.sock"), _handler(docker))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield docker
    finally:
        docker.close()
        server.shutdown()
        thread.join()
        server.server_close()
        shutil.rmtree(folder, ignore_errors=True)
