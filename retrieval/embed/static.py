"""Static word vectors of the package `wordllama`, when it is installed: instant, but coarse."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.errors import EmbedderAbsent

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class StaticEmbedder:
    """Averages the vectors of a text's word pieces; thousands of texts a second."""

    def __init__(self) -> None:
        """Load table and tokenizer from the installed package; its own loader would ask the network."""
        folder = _find()
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tables = load_file(folder / _WEIGHTS)
        self._table = next(iter(tables.values())).astype(np.float32)
        self._tokenizer: Any = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.no_padding()

    @property
    def name(self) -> str:
        """The table's name."""
        return f"wordllama-{self._table.shape[1]}"

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, 256]."""
        rows = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for row, encoding in zip(
            rows, self._tokenizer.encode_batch(list(texts), add_special_tokens=False), strict=True
        ):
            if encoding.ids:
                row[:] = self._table[encoding.ids].mean(axis=0)
        return unit(rows)


def _find() -> Path:
    spec = find_spec("wordllama")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / _WEIGHTS).is_file() and (Path(place) / _TOKENIZER).is_file():
            return Path(place)
    raise EmbedderAbsent("the package `wordllama` is not installed; run `uv pip install --no-deps wordllama`")
