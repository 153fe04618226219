"""The shared part of all HTTP plugins: their properties, and one exchange with a server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.json import dumps
from engine.model.uri import SCHEME
from engine.plugin import Plugin, Text
from engine.plugins.core.http._options import Options, Ssl

if TYPE_CHECKING:
    import httpx

    from engine.plugin import RunContext

USER_AGENT = "Kestra"
MULTIPART = "multipart/form-data"


class HttpProperties(Plugin):
    """Properties that all HTTP plugins have."""

    abstract: ClassVar[bool] = True

    uri: Text
    """Address of the server, with `http://` or `https://`. Spaces become `%20`; everything else must be
    written as it has to be sent."""

    method: Text = "GET"
    """Method of the request."""

    params: dict[str, Any] | None = None
    """Query parameters, added to the address."""

    body: Text | None = None
    """Body of the request. Not used when there is `formData`."""

    form_data: dict[str, Any] | None = None
    """Fields of a form. With the content type `multipart/form-data` a value that is the address of a stored
    file, or a map with `name` and `content`, becomes a file; otherwise the form is sent url-encoded."""

    content_type: Text = "application/json"
    """Content type of the body."""

    headers: dict[str, Any] | None = None
    """Headers of the request."""

    options: Options = Options()
    """How the request is made."""

    allow_failed: bool | None = None
    """Deprecated: `options.allowFailed`."""

    ssl_options: Ssl | None = None
    """Deprecated: `options.ssl`."""

    @property
    def forgiving(self) -> bool:
        """Whether status codes of 400 and more are fine."""
        return self.options.allow_failed or bool(self.allow_failed)


@contextmanager
def exchange(task: HttpProperties, ctx: RunContext, *, any_status: bool = False) -> Iterator[httpx.Response]:
    """Send the request and yield the response, its body not read yet; a kill closes the connection.

    Raises TaskFailure when the server cannot be reached or answers with a status that is a failure.
    """
    import httpx

    lines = _Lines()
    ctx.on_cancel(lines.cut)
    with ExitStack() as stack:
        try:
            client = stack.enter_context(_client(task))
            request = _request(task, ctx, client, stack)
            request.extensions["trace"] = lines.trace
            _log_request(task, ctx, request)
            response = client.send(request, stream=True, auth=_auth(task) or httpx.USE_CLIENT_DEFAULT)
            stack.callback(response.close)
            _log_response(task, ctx, response)
            if not any_status:
                _check_status(task, response)
            yield response
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise TaskFailure(_sentence(task, ctx, error)) from error


class _Lines:
    """The connections of an exchange, so that another thread can cut them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._over = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by the HTTP library for everything it does."""
        stream = (
            info.get("return_value") if event.endswith((".connect_tcp.complete", "tls.complete")) else None
        )
        found = stream.get_extra_info("socket") if stream is not None else None
        if found is None:
            return
        with self._lock:
            self._sockets.append(found)
            over = self._over
        if over:
            self.cut()

    def cut(self) -> None:
        """End everything that is being sent or received."""
        with self._lock:
            self._over = True
            sockets = list(self._sockets)
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself


def _client(task: HttpProperties) -> httpx.Client:
    import httpx

    connect, idle = task.options.seconds
    tls = task.options.ssl or task.ssl_options
    proxy = task.options.effective_proxy
    try:
        return httpx.Client(
            verify=not (tls and tls.insecure_trust_all_certificates),
            follow_redirects=task.options.follow_redirects,
            timeout=httpx.Timeout(idle, connect=connect),
            proxy=None if proxy is None else _proxy(proxy),
            headers={"User-Agent": USER_AGENT},
        )
    except ImportError as error:
        raise TaskFailure("options.proxy: SOCKS needs the package `socksio`: pip install socksio") from error


def _proxy(proxy: Any) -> httpx.Proxy:
    import httpx

    if not proxy.address:
        raise TaskFailure("options.proxy: the address of the proxy is missing; write `address` and `port`")
    scheme = "socks5" if proxy.type == "SOCKS" else "http"
    port = f":{proxy.port}" if proxy.port else ""
    known = (proxy.username, proxy.password or "") if proxy.username else None
    return httpx.Proxy(f"{scheme}://{proxy.address}{port}", auth=known)


def _auth(task: HttpProperties) -> httpx.Auth | None:
    import httpx

    auth = task.options.effective_auth
    if auth is None or auth.type == "BEARER":
        return None
    kind = httpx.DigestAuth if auth.type == "DIGEST" else httpx.BasicAuth
    return kind(auth.username or "", auth.password or "")


def _request(task: HttpProperties, ctx: RunContext, client: httpx.Client, stack: ExitStack) -> httpx.Request:
    import httpx

    url = httpx.URL(task.uri.strip().replace(" ", "%20"))
    if url.scheme not in ("http", "https") or not url.host:
        raise TaskFailure(f"uri: '{task.uri}' is not an address; it must begin with http:// or https://")
    if task.params:
        url = url.copy_merge_params(
            {key: text(value) for key, value in task.params.items() if value is not None}
        )
    headers = _headers(task)
    content: dict[str, Any] = {}
    if task.form_data:
        headers.pop("Content-Type", None)
        if task.content_type.startswith(MULTIPART):
            content["files"] = [_form_part(ctx, stack, name, value) for name, value in task.form_data.items()]
        else:
            content["data"] = {
                name: text(value) for name, value in task.form_data.items() if value is not None
            }
    elif task.body is not None:
        content["content"] = task.body.encode(task.options.default_charset)
    return client.build_request(task.method.upper(), url, headers=headers, **content)


def _headers(task: HttpProperties) -> httpx.Headers:
    import httpx

    headers = httpx.Headers({"Content-Type": task.content_type} if task.content_type else {})
    for name, value in (task.headers or {}).items():
        if value is not None:
            headers[name] = text(value)
    auth = task.options.effective_auth
    if auth is not None and auth.type == "BEARER":
        headers["Authorization"] = f"Bearer {auth.token or ''}"
    return headers


def _form_part(ctx: RunContext, stack: ExitStack, name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, Mapping) and {"name", "content"} <= value.keys():
        return name, (str(value["name"]), stack.enter_context(ctx.open(str(value["content"]))))
    if isinstance(value, str) and value.startswith(f"{SCHEME}/"):
        return name, (value.rpartition("/")[2], stack.enter_context(ctx.open(value)))
    return name, (None, text(value).encode())


def text(value: Any) -> str:
    """Write a value as a parameter, header or form field: texts as they are, the rest as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


def header_lists(response: httpx.Response) -> dict[str, list[str]]:
    """Return every header with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in response.headers.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _check_status(task: HttpProperties, response: httpx.Response) -> None:
    code = response.status_code
    allowed = task.options.allowed_response_codes
    if allowed:
        if code in allowed:
            return
        hint = f"only {', '.join(str(one) for one in allowed)} are allowed"
    elif code < 400 or task.forgiving:
        return
    else:
        hint = "to go on anyway set `options.allowFailed: true`"
    begin = _beginning(response)
    shown = f": {begin}" if begin else ""
    raise TaskFailure(
        f"{task.method.upper()} {response.url} answered {code} {response.reason_phrase}; {hint}{shown}"
    )


def _beginning(response: httpx.Response) -> str:
    """Return the first characters of a body, without reading the rest of a large one."""
    if response.is_stream_consumed:
        return response.text[:500].strip()
    first = next(response.iter_bytes(4096), b"")
    return first.decode(response.charset_encoding or "utf-8", "replace")[:500].strip()


def _log_request(task: HttpProperties, ctx: RunContext, request: httpx.Request) -> None:
    logs = task.options.logs or ()
    if "REQUEST_HEADERS" in logs:
        shown = (f"{name}: {_shown(name, value)}" for name, value in request.headers.multi_items())
        ctx.info(f"{request.method} {request.url}\n" + "\n".join(shown))
    if "REQUEST_BODY" in logs and task.body is not None and not task.form_data:
        ctx.info(task.body)
    elif "REQUEST_BODY" in logs and task.form_data:
        ctx.info(text(task.form_data))


def _log_response(task: HttpProperties, ctx: RunContext, response: httpx.Response) -> None:
    logs = task.options.logs or ()
    if "RESPONSE_HEADERS" in logs:
        shown = (f"{name}: {_shown(name, value)}" for name, value in response.headers.multi_items())
        ctx.info(f"{response.status_code} {response.reason_phrase}\n" + "\n".join(shown))
    if "RESPONSE_BODY" in logs:
        response.read()
        ctx.info(response.text)


def _shown(name: str, value: str) -> str:
    hidden = name.lower() in ("authorization", "proxy-authorization", "cookie", "set-cookie")
    return "******" if hidden else value


def _sentence(task: HttpProperties, ctx: RunContext, error: Exception) -> str:
    """Say what went wrong between here and the server, and what may help."""
    import httpx

    where = f"{task.method.upper()} {task.uri}"
    if ctx.cancelled.is_set():
        return f"{where} was stopped"
    connect, idle = task.options.seconds
    if isinstance(error, httpx.ConnectTimeout):
        return f"{where}: no connection within {connect:g} s; check the address, or raise `connectTimeout`"
    if isinstance(error, httpx.TimeoutException):
        return f"{where}: nothing was sent for {idle:g} s; raise `readIdleTimeout` if that is normal"
    if isinstance(error, httpx.ProxyError):
        return f"{where}: the proxy refused: {error}"
    if isinstance(error, httpx.TooManyRedirects):
        return f"{where}: redirected in circles; check the address, or set `options.followRedirects: false`"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"uri: '{task.uri}' is not an address: {error}"
    if "certificate" in str(error).lower() or "ssl" in str(error).lower():
        return (
            f"{where}: no secure connection: {error}; use an address whose certificate is valid, or "
            f"for tests `options.ssl.insecureTrustAllCertificates: true`"
        )
    if isinstance(error, httpx.ConnectError):
        return f"{where}: the host cannot be reached: {error}"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"{where}: the server broke off: {error}"
    return f"{where}: {error or type(error).__name__}"
