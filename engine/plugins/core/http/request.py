"""Make an HTTP request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task
from engine.plugins.core.http._client import HttpProperties, exchange, header_lists

if TYPE_CHECKING:
    import httpx

    from engine.plugin import RunContext

LARGEST_BODY: Final = 64 << 20
"""Bytes a body may have, unpacked, to become an output."""


class RequestOutput(Output):
    """Outputs of `Request`."""

    uri: str
    """The address that answered, after redirects."""

    code: int
    """Status code."""

    headers: dict[str, list[str]]
    """Headers of the answer; every name has a list of values, names are in lower case."""

    body: str | None = None
    """The body as text; null when there is none. JSON is read by `fromJson(outputs.<id>.body)`."""

    encrypted_body: dict[str, str] | None = None
    """The body, encrypted, instead of `body` with `encryptBody`. Expressions read it as the text it was, and
    logs hide it."""


class Request(HttpProperties, Task):
    """Make an HTTP request and give the answer as outputs.

    Fails when the server cannot be reached, when its status code is 400 or more (unless `allowFailed` or
    `allowedResponseCodes` say otherwise), and when the body is no text or has more than 64 MB: use Download
    for files.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.fs.http.Request",)
    gives: ClassVar[type[Output]] = RequestOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read JSON from an API",
            """\
id: read-api
namespace: company.team
tasks:
  - id: api
    type: io.kestra.plugin.core.http.Request
    uri: https://dummyjson.com/products
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ fromJson(outputs.api.body).products | length }} products"
""",
        ),
        Example(
            "Send JSON with a token",
            """\
id: send-json
namespace: company.team
tasks:
  - id: send
    type: io.kestra.plugin.core.http.Request
    uri: https://example.com/api/items
    method: POST
    contentType: application/json
    body: '{"name": "{{ flow.id }}"}'
    options:
      auth:
        type: BEARER
        token: "{{ secret('API_TOKEN') }}"
      allowedResponseCodes: [200, 201]
""",
        ),
        Example(
            "Upload a file in a form",
            """\
id: upload-form
namespace: company.team
inputs:
  - id: file
    type: FILE
tasks:
  - id: upload
    type: io.kestra.plugin.core.http.Request
    uri: https://example.com/upload
    method: POST
    contentType: multipart/form-data
    formData:
      title: trips
      file: "{{ inputs.file }}"
""",
        ),
    )

    encrypt_body: bool = False
    """Whether the body is stored encrypted. Needs the encryption key of the operator."""

    def run(self, ctx: RunContext) -> RequestOutput:
        """Make the request."""
        check_key(ctx, wanted=self.encrypt_body)
        answer = answer_of(self, ctx)
        return sealed(ctx, answer) if self.encrypt_body else answer


def check_key(ctx: RunContext, *, wanted: bool) -> None:
    """Raise TaskFailure, before anything is asked, when a body cannot be encrypted."""
    if wanted and ctx.world.cipher is None:
        raise TaskFailure(
            "encryptBody: this service has no encryption key; set FLOWSMITH_ENCRYPTION_KEY, made by "
            "`openssl rand -base64 32`, or leave `encryptBody` out"
        )


def sealed(ctx: RunContext, answer: RequestOutput) -> RequestOutput:
    """Return the answer with its body encrypted."""
    if ctx.world.cipher is None or answer.body is None:
        return answer
    return answer.model_copy(update={"body": None, "encrypted_body": ctx.world.cipher.wrap(answer.body)})


def answer_of(task: HttpProperties, ctx: RunContext, *, any_status: bool = False) -> RequestOutput:
    """Make the request and return the whole answer."""
    with exchange(task, ctx, any_status=any_status) as response:
        content = _body(task, response)
        try:
            body = (
                content.decode(response.charset_encoding or task.options.default_charset) if content else None
            )
        except (UnicodeDecodeError, LookupError) as error:
            raise TaskFailure(
                f"{task.uri} answered with a body that is not {task.options.default_charset} text ({error}); "
                f"use io.kestra.plugin.core.http.Download for files"
            ) from error
        return RequestOutput(
            uri=str(response.url), code=response.status_code, headers=header_lists(response), body=body
        )


def _body(task: HttpProperties, response: httpx.Response) -> bytes:
    """Read the body; raises TaskFailure when it is too large to be an output."""
    if response.is_stream_consumed:  # it was logged
        return response.content
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise TaskFailure(
                f"{task.uri} answered with more than {LARGEST_BODY >> 20} MB, too much for an output; "
                f"use io.kestra.plugin.core.http.Download, which stores a file of any size"
            )
    return b"".join(parts)
