"""The MiniLM sentence encoder written as an ONNX graph, pooling and normalisation included.

Needed once per machine: the int8 graph is kept in the cache folder.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

OPSET = 20
IR_VERSION = 10
HIDDEN = 384
HEADS = 12
LAYERS = 6
EPSILON = 1e-12


def write_int8(weights_file: Path, target: Path) -> None:
    """Build the graph from a safetensors file, quantise it and put it at `target` in one step.

    Several processes may do so at once: each writes its own file and the last rename wins.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        onnx.save(build(load_file(weights_file)), plain)
        quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
        small.replace(target)


def build(weights: Mapping[str, NDArray[Any]]) -> Any:
    """Return the model: `ids`, `mask` int64 [batch, length] → `vectors` float32 [batch, 384], unit length."""
    graph = _Graph(weights)
    hidden = graph.embeddings()
    bias = graph.attention_bias()
    for layer in range(LAYERS):
        hidden = graph.layer(layer, hidden, bias)
    graph.pool(hidden)
    return graph.model()


class _Graph:
    """Collects nodes and initialisers; every method returns the name of a value."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        from onnx import helper, numpy_helper

        self._helper = helper
        self._to_tensor = numpy_helper.from_array
        self._weights = weights
        self._nodes: list[Any] = []
        self._tensors: dict[str, Any] = {}

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, inputs, [name], name=f"node_{name}", **attributes))
        return name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self._tensors.setdefault(name, self._to_tensor(np.ascontiguousarray(value), name))
        return name

    def ints(self, *values: int) -> str:
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, dtype=np.float32))

    def weight(self, name: str, *, transposed: bool = False) -> str:
        value = self._weights[name].astype(np.float32)
        return self.constant(name, value.T if transposed else value)

    def linear(self, name: str, value: str) -> str:
        product = self.node("MatMul", value, self.weight(f"{name}.weight", transposed=True))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def norm(self, name: str, value: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", value, scale, bias, axis=-1, epsilon=EPSILON)

    def embeddings(self) -> str:
        """Word + position + first segment, normalised: float32 [batch, length, 384]."""
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), "ids")
        length = self.node("Gather", self.node("Shape", "ids"), self.ints(1))
        table = self.weight("embeddings.position_embeddings.weight")
        positions = self.node("Slice", table, self.ints(0), length, self.ints(0))
        segment = self.constant("segment", self._weights["embeddings.token_type_embeddings.weight"][0])
        total = self.node("Add", self.node("Add", words, positions), segment)
        return self.norm("embeddings.LayerNorm", total)

    def attention_bias(self) -> str:
        """0 where there is a token, a large negative number where there is none: [batch, 1, 1, length]."""
        mask = self.node("Cast", "mask", output="mask_float", to=1)
        missing = self.node("Sub", self.number("one", 1.0), mask)
        return self.node("Mul", self.node("Unsqueeze", missing, self.ints(1, 2)), self.number("low", -1e9))

    def layer(self, number: int, hidden: str, bias: str) -> str:
        """Self-attention and feed-forward, each with its residual and normalisation."""
        name = f"encoder.layer.{number}"
        attended = self.attention(f"{name}.attention.self", hidden, bias)
        output = self.linear(f"{name}.attention.output.dense", attended)
        middle = self.norm(f"{name}.attention.output.LayerNorm", self.node("Add", output, hidden))
        wide = self.node("Gelu", self.linear(f"{name}.intermediate.dense", middle))
        narrow = self.linear(f"{name}.output.dense", wide)
        return self.norm(f"{name}.output.LayerNorm", self.node("Add", narrow, middle))

    def attention(self, name: str, hidden: str, bias: str) -> str:
        query = self.heads(self.linear(f"{name}.query", hidden), [0, 2, 1, 3])
        key = self.heads(self.linear(f"{name}.key", hidden), [0, 2, 3, 1])
        value = self.heads(self.linear(f"{name}.value", hidden), [0, 2, 1, 3])
        scale = self.number("scale", (HIDDEN // HEADS) ** -0.5)
        scores = self.node("Add", self.node("Mul", self.node("MatMul", query, key), scale), bias)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), value)
        joined = self.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.node("Reshape", joined, self.ints(0, 0, HIDDEN))

    def heads(self, value: str, order: list[int]) -> str:
        split = self.node("Reshape", value, self.ints(0, 0, HEADS, HIDDEN // HEADS))
        return self.node("Transpose", split, perm=order)

    def pool(self, hidden: str) -> None:
        """Mean over the tokens that are there, then unit length, as `vectors`."""
        mask = self.node("Unsqueeze", "mask_float", self.ints(2))
        total = self.node("ReduceSum", self.node("Mul", hidden, mask), self.ints(1), keepdims=0)
        count = self.node("ReduceSum", mask, self.ints(1), keepdims=0)
        mean = self.node("Div", total, self.node("Max", count, self.number("tiny", 1e-9)))
        length = self.node("ReduceL2", mean, self.ints(-1), keepdims=1)
        self.node("Div", mean, self.node("Max", length, self.number("tiny", 1e-9)), output="vectors")

    def model(self) -> Any:
        helper = self._helper
        inputs = [helper.make_tensor_value_info(name, 7, ["batch", "length"]) for name in ("ids", "mask")]
        output = helper.make_tensor_value_info("vectors", 1, ["batch", HIDDEN])
        graph = helper.make_graph(self._nodes, "minilm", inputs, [output], list(self._tensors.values()))
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="flowsmith"
        )
