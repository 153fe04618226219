"""Embedders and how one is chosen."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SettingsError
from retrieval.embed.choose import choose_embedder
from retrieval.embed.hashing import HashingEmbedder
from retrieval.embed.openai import OpenAiEmbedder
from retrieval.errors import EmbedderError


def test_hashing_is_the_same_everywhere_and_of_unit_length() -> None:
    rows = HashingEmbedder().embed(["load a csv file", "loading CSV files", "pause"], "passage")
    assert rows.dtype == np.float32 and rows.shape == (3, 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert np.array_equal(
        rows, HashingEmbedder().embed(["load a csv file", "loading CSV files", "pause"], "query")
    )
    assert not HashingEmbedder().embed([""], "query").any()


@pytest.mark.parametrize("setting", ["", "bert", "minilm:x", "openai", "openai:", "hashing:3"])
def test_an_unknown_setting_names_the_known_ones(setting: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lexical"):
        choose_embedder(setting, tmp_path)


def test_lexical_says_so(tmp_path: Path) -> None:
    chosen = choose_embedder("lexical", tmp_path)
    assert chosen.embedder is None and "lexical only" in chosen.notice


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="the extra is installed")
def test_an_absent_package_leaves_words_with_a_notice(tmp_path: Path) -> None:
    chosen = choose_embedder("sentence-transformers:some/model", tmp_path)
    assert chosen.embedder is None
    assert "lexical only" in chosen.notice and "flowsmith[torch]" in chosen.notice


class Embeddings(BaseHTTPRequestHandler):
    """Answers like an embeddings endpoint; the model's name says how it misbehaves."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts, model = request["input"], request["model"]
        rows = [
            {"object": "embedding", "index": at, "embedding": [len(text), 1.0, 2.0]}
            for at, text in enumerate(texts)
        ]
        if model == "reversed":
            rows.reverse()
        if model == "short":
            rows.pop()
        if model == "ragged":
            rows[0]["embedding"] = [1.0]
        body = json.dumps(
            {"object": "list", "model": model, "data": rows, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )
        self.send_response(500 if model == "down" else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Embeddings)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def embedder(model: str, address: str) -> OpenAiEmbedder:
    return OpenAiEmbedder(model, base_url=address, api_key="none", retries=0)


@pytest.mark.parametrize("model", ["plain", "reversed"])
def test_an_endpoint_is_asked_in_batches_and_answers_are_put_in_order(model: str, address: str) -> None:
    texts = ["x" * (number + 1) for number in range(70)]
    rows = embedder(model, address).embed(texts, "passage")
    assert rows.shape == (70, 3)
    assert np.all(np.diff(rows[:, 0]) > 0)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)


@pytest.mark.parametrize("model", ["short", "ragged", "down"])
def test_an_endpoint_that_misbehaves_is_an_embedder_error(model: str, address: str) -> None:
    with pytest.raises(EmbedderError, match=f"openai:{model}"):
        embedder(model, address).embed(["a", "b"], "query")


def test_equal_models_of_other_endpoints_have_other_names(address: str) -> None:
    assert embedder("m", address).name != embedder("m", "http://127.0.0.1:9/v1").name
