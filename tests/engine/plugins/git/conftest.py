"""Repositories on this machine, also behind HTTP with a login and behind SSH with a key."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncssh
import pytest


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody else would."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ann",
        "GIT_AUTHOR_EMAIL": "ann@example.org",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "ann@example.org",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Repository:
    """A bare repository and a clone to commit from."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "remote.git"
        self.work = folder / "work"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(folder, "clone", "--quiet", str(self.bare), str(self.work))
        git(self.work, "checkout", "--quiet", "-B", "main")

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def commit(self, branch: str = "main", **files: str | None) -> str:
        """Write files (None deletes), commit and push; names have `__` for `/` and `_dot_` for `.`."""
        git(self.work, "checkout", "--quiet", "-B", branch)
        for name, content in files.items():
            path = self.work / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if content is None else path.write_text(content)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--message", "work")
        git(self.work, "push", "--quiet", "origin", branch, "--tags")
        return git(self.work, "rev-parse", "HEAD")

    def tree(self, branch: str = "main") -> dict[str, str]:
        """Return the files of a branch."""
        names = git(self.bare, "ls-tree", "-r", "--name-only", branch).splitlines()
        return {name: git(self.bare, "show", f"{branch}:{name}") for name in names}


@pytest.fixture
def repository(tmp_path) -> Repository:
    folder = tmp_path / "git"
    folder.mkdir()
    return Repository(folder)


class Backend(BaseHTTPRequestHandler):
    """Hands requests to `git http-backend`, after a login."""

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self) -> None:
        login = base64.b64encode(b"ann:right token").decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length") or "0"
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),  # type: ignore[attr-defined]
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "ann",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type") or "",
            "CONTENT_LENGTH": length,
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }
        body = self.rfile.read(int(length))
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815


@pytest.fixture
def web(repository: Repository) -> Iterator[str]:
    """Address of the repository behind HTTP."""
    git(repository.bare, "config", "http.receivepack", "true")
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        server.root = repository.bare.parent  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{repository.bare.name}"
        server.shutdown()
        thread.join()


@pytest.fixture
def ssh(repository: Repository) -> Iterator[tuple[Callable[[str | None], str], str]]:
    """A function that writes the private key the server accepts, with a passphrase or none, and the address."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    keys = repository.bare.parent
    loop = asyncio.new_event_loop()

    class Login(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, given: asyncssh.SSHKey) -> bool:
            return username == "git" and given.public_data == key.public_data

    async def serve(process: asyncssh.SSHServerProcess) -> None:
        program, _, place = (process.command or "").partition(" ")
        assert program in ("git-upload-pack", "git-receive-pack")
        child = await asyncio.create_subprocess_exec(
            *program.split("-", 1), place.strip("'"), stdin=-1, stdout=-1, stderr=-1
        )
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        process.exit(await child.wait())
        await process.wait_closed()

    async def begin() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            process_factory=serve,
            encoding=None,
        )

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(begin(), loop).result()

    def written(passphrase: str | None) -> str:
        path = keys / f"key-{passphrase}"
        path.write_bytes(key.export_private_key("openssh"))
        path.chmod(0o600)
        if passphrase:
            subprocess.run(["ssh-keygen", "-q", "-p", "-N", passphrase, "-f", path], check=True)
        return path.read_text()

    async def end() -> None:
        acceptor.close()
        await acceptor.wait_closed()

    yield written, f"ssh://git@127.0.0.1:{acceptor.get_port()}{repository.bare}"
    asyncio.run_coroutine_threadsafe(end(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
