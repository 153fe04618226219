"""Make an HTTP request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task
from engine.plugins.core.http._client import HttpProperties, exchange, header_lists

if TYPE_CHECKING:
    from engine.plugin import RunContext


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


class Request(HttpProperties, Task):
    """Make an HTTP request and give the answer as outputs.

    Fails when the server cannot be reached, when its status code is 400 or more (unless `allowFailed` or
    `allowedResponseCodes` say otherwise), and when the body is no text: use Download for files.
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
    """Keep the body encrypted. Tasks cannot reach the encryption key yet, so `true` fails."""

    def run(self, ctx: RunContext) -> RequestOutput:
        """Make the request."""
        if self.encrypt_body:
            raise TaskFailure("encryptBody: bodies cannot be encrypted yet; leave it out, or use `false`")
        return answer_of(self, ctx)


def answer_of(task: HttpProperties, ctx: RunContext, *, any_status: bool = False) -> RequestOutput:
    """Make the request and return the whole answer."""
    with exchange(task, ctx, any_status=any_status) as response:
        content = response.read()
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
