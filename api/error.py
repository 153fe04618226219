"""Error bodies that old and new clients both read: `message`, `_embedded.errors` and RFC 9457 members."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.answer import JsonAnswer
from api.security.errors import Unacceptable
from copilot.errors import (
    ConversationUnknown,
    CopilotError,
    DraftError,
    DraftUnknown,
    OpinionUnknown,
    ProviderError,
)
from engine import errors
from engine.model.id import new_id
from engine.model.json import Json

logger = logging.getLogger(__name__)

PROBLEMS = "https://kestra.io/docs/api-reference/problems/"
_SLUGS = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    410: "resource-expired",
    413: "payload-too-large",
    415: "unsupported-media-type",
    422: "invalid-argument",
    423: "locked",
    429: "too-many-requests",
    500: "internal-error",
    503: "service-unavailable",
    504: "timeout",
}
_NEUTRAL = "Something went wrong inside the service; its log has the details under this trace id"


@dataclass(frozen=True, slots=True)
class Detail:
    """One of several problems: where (`path`), what, and its place in the YAML if it has one."""

    message: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is an error."""

    status: int
    message: str
    slug: str = ""
    details: Sequence[Detail] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    trace_id: str | None = None

    def body(self, instance: str) -> Json:
        """Return the members of both generations in one object."""
        return {
            "type": PROBLEMS + (self.slug or _SLUGS.get(self.status, "bad-request")),
            "title": _title(self.status),
            "status": self.status,
            "detail": self.message,
            "instance": instance,
            "errors": [_rfc(detail) for detail in self.details] or None,
            "traceId": self.trace_id,
            "message": self.message,
            "_links": {"self": [{"href": instance, "templated": False}]},
            "_embedded": {"errors": [{"message": d.message, "path": d.path} for d in self.details]},
        }

    def answer(self, instance: str) -> Response:
        """Return the response."""
        return JsonAnswer(
            self.body(instance),
            self.status,
            headers=dict(self.headers),
            media_type="application/problem+json",
        )


def problem_of(error: Exception) -> Problem:
    """Translate an error of the engine or of the framework."""
    if isinstance(error, HTTPException):
        return Problem(error.status_code, str(error.detail), headers=error.headers or {})
    if isinstance(error, RequestValidationError):
        return _unreadable(error)
    if isinstance(error, errors.FlowInvalid):
        details = [
            Detail(f.text, f.path, f.line, f.column, f.suggestion) for f in error.findings if f.blocking
        ]
        return Problem(422, error.message, "invalid-entity", details)
    if isinstance(error, errors.InputInvalid):
        details = [Detail(text, key) for key, text in error.problems.items()]
        return Problem(422, error.message, "validation-failed", details)
    if isinstance(error, Unacceptable):
        return Problem(
            422, error.message, "validation-failed", [Detail(text, error.field) for text in error.problems]
        )
    if isinstance(error, errors.SourceError):
        detail = Detail(error.message, "", error.line, error.column)
        return Problem(422, error.message, "invalid-entity", [detail])
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return Problem(status, str(error))
    trace_id = new_id()
    logger.error("request failed trace_id=%s", trace_id, exc_info=error)
    return Problem(500, _NEUTRAL, trace_id=trace_id)


_STATUS: dict[type[Exception], int] = {
    ConversationUnknown: 404,
    DraftUnknown: 404,
    OpinionUnknown: 404,
    DraftError: 409,
    ProviderError: 503,
    CopilotError: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Expired: 410,
    errors.ForbiddenPath: 422,
    errors.FlowError: 422,
    errors.OperatorError: 503,
}


def install(app: FastAPI) -> None:
    """Answer errors raised on purpose in this shape; the guard answers the others."""
    for kind in (HTTPException, RequestValidationError, errors.FlowsmithError, CopilotError):
        app.add_exception_handler(kind, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    return problem_of(error).answer(request.url.path)


def _unreadable(error: RequestValidationError) -> Problem:
    details = [Detail(str(p["msg"]), ".".join(str(part) for part in p["loc"])) for p in error.errors()]
    in_body = any(problem["loc"][0] == "body" for problem in error.errors())
    text = "; ".join(f"{detail.path}: {detail.message}" for detail in details)
    if in_body:
        return Problem(422, text, "invalid-request-body", details)
    return Problem(400, text, "invalid-query-parameter", details)


def _rfc(detail: Detail) -> Json:
    return {
        "detail": detail.message,
        "path": detail.path,
        "line": detail.line,
        "column": detail.column,
        "suggestion": detail.suggestion,
    }


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.capitalize()
    except ValueError:
        return "Error"
