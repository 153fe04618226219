"""An engine whose model providers are a scripted server on this machine."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from tests.emulators.models import Models, serving_models

AI = "io.kestra.plugin.ai"
KEY = "sk-very-secret-key"


@pytest.fixture
def models(stand_in: None) -> Iterator[Models]:
    """The server."""
    with serving_models() as serving:
        yield serving


@pytest.fixture
def engine(tmp_path: Path, models: Models) -> Iterator[Engine]:
    """An engine that finds the providers at the server, and knows an API key."""
    found = {
        f"{AI}.provider.GoogleGemini": f"{models.root}/v1beta",
        f"{AI}.provider.OpenAI": f"{models.root}/v1",
        f"{AI}.provider.Anthropic": f"{models.root}/v1",
        f"{AI}.tool.TavilyWebSearch": models.root,
        f"{AI}.retriever.TavilyWebSearch": models.root,
        f"{AI}.tool.GoogleCustomWebSearch": models.root,
        f"{AI}.retriever.GoogleCustomWebSearch": models.root,
    }
    secret = base64.b64encode(KEY.encode()).decode()
    options = EngineOptions(
        home=tmp_path / "home",
        environment={"SECRET_API_KEY": secret, "SECRET_GEMINI_API_KEY": secret},
        in_memory=True,
        schedule=False,
        threads=4,
        plugin_settings={type_id: {"baseUrl": url} for type_id, url in found.items()},
    )
    with Engine.open(options) as opened:
        yield opened


class Ran:
    """An ended execution of one task, with its logs."""

    def __init__(self, engine: Engine, execution: Execution) -> None:
        self.execution = execution
        self.state = str(execution.state)
        self.outputs: dict[str, Any] = next(
            (run.outputs or {} for run in execution.task_runs if run.task_id == "task"), {}
        )
        self.messages = [entry.message for entry in engine.logs(execution.id)]
        self.log = "\n".join(self.messages)
        self.metrics = {one.name: one.value for one in engine.store.executions.metrics(execution.id)}


@pytest.fixture
def run(engine: Engine) -> Callable[..., Ran]:
    """Return `run("completion.ChatCompletion", messages=[…], …)`, which runs the task `task` in a flow."""

    def run_task(type_id: str, **properties: Any) -> Ran:
        import yaml

        flow = properties.pop("flow", {})
        task = {"id": "task", "type": f"{AI}.{type_id}", **properties}
        source = {"id": "my-flow", "namespace": "company.team", **flow, "tasks": [task]}
        row = engine.save(yaml.safe_dump(source))
        started = engine.start(row.namespace, row.id)
        return Ran(engine, engine.wait(started.id, 30))

    return run_task


def provider(name: str = "OpenAI", model: str = "some-model", **more: Any) -> dict[str, Any]:
    """Return a provider with the key of the engine's secrets."""
    return {
        "type": f"{AI}.provider.{name}",
        "modelName": model,
        "apiKey": "{{ secret('API_KEY') }}",
        **more,
    }


def says(text: str) -> list[dict[str, str]]:
    """Return the messages of one question."""
    return [{"type": "USER", "content": text}]
