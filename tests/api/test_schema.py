"""The service answers as its description says, also requests nobody thought of.

A small fixed sample of every operation by default; `FLOWSMITH_SCHEMA_EXAMPLES=50` sends so many requests to each.
Streams are left out: they have no end to check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import HELLO, post_flow

EXAMPLES = int(os.environ.get("FLOWSMITH_SCHEMA_EXAMPLES", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LEFT_OUT = ("/follow", "/copilot/", "/ai/", "/docs/")
"""Streams; and what reads the documents or asks a model, which has tests of its own."""


@pytest.fixture(scope="module")
def description(server: httpx.Client) -> dict[str, object]:
    post_flow(server, HELLO)
    return server.get("/api/v1/openapi.json").json()


def _operations(schema: schemathesis.schemas.BaseSchema) -> Iterator[schemathesis.schemas.APIOperation]:
    for result in schema.get_all_operations():
        operation = result.ok()
        if not any(part in operation.path for part in LEFT_OUT):
            yield operation


def _explore(operation: schemathesis.schemas.APIOperation, base_url: str) -> None:
    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=base_url, checks=CHECKS, timeout=30)

    send()


def test_every_operation_answers_as_described(description: dict[str, object], server: httpx.Client) -> None:
    schema = schemathesis.openapi.from_dict(description)
    failed = []
    for operation in _operations(schema):
        try:
            _explore(operation, str(server.base_url))
        except Exception as error:
            failed.append(f"{operation.label}: {error}")
    assert not failed, "\n\n".join(failed)


def test_every_operation_is_described_wholly(description: dict[str, object]) -> None:
    """A summary, a good answer, and the errors with their shape; parameters and bodies with words or examples."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert any(status.startswith("2") for status in operation["responses"]), where
            for status, response in operation["responses"].items():
                assert response["description"], where
                if status[0] in "45":
                    shape = response["content"]["application/problem+json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/Problem"}, where
            for parameter in operation.get("parameters", ()):
                assert parameter["in"] == "path" or parameter.get("schema"), where
            for name in _names_in(path):
                assert name in {one["name"] for one in operation["parameters"]}, where


def _names_in(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]
