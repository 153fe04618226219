"""The log for operators: one line for an event, as text or as JSON, with the id of the request."""

from __future__ import annotations

import json
import logging
import time
from contextvars import ContextVar
from typing import Literal

from engine.model.moment import now, to_text

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request that is being answered; empty outside of requests."""

_ADDED = frozenset({"message", "asctime", "request_id", "taskName", "color_message"})
_OWN = _ADDED | logging.makeLogRecord({}).__dict__.keys()
TEXT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class WithRequestId(logging.Filter):
    """Gives every record the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add it; nothing is left out."""
        record.request_id = REQUEST_ID.get() or "-"
        return True


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `time level logger message`, what was given as `extra`, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it."""
        line: dict[str, object] = {
            "time": to_text(now()),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = getattr(record, "request_id", "-")
        if request_id != "-":
            line["requestId"] = request_id
        line |= {key: value for key, value in record.__dict__.items() if key not in _OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send all service logs to the standard error stream in this form; replaces what was set before."""
    stream = logging.StreamHandler()
    formatter: logging.Formatter = JsonLines()
    if form == "text":
        formatter = logging.Formatter(TEXT, "%Y-%m-%dT%H:%M:%SZ")
        formatter.converter = time.gmtime
    stream.setFormatter(formatter)
    stream.addFilter(WithRequestId())
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level.upper())
    # These tell every request of ours to others, addresses with their query included.
    for talkative in ("httpx", "httpcore", "openai", "urllib3", "botocore", "google"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
