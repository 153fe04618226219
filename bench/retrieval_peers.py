"""Other libraries on the same documents, questions and embedding model, each with its own defaults.

Needs `pip install flowsmith[bench-peers]`, or another interpreter that has them and numpy, onnxruntime and
tokenizers: BENCH_PEERS_PYTHON=…. A peer that is not there is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from retrieval.embed.minilm import MiniLmEmbedder, find_weights, graph_file
from retrieval.evaluate import read_questions
from retrieval.markdown import read_front_matter

COMMON = """
import json, sys, time, fnmatch
import numpy as np, onnxruntime
from tokenizers import Tokenizer
given = json.load(open(sys.argv[1]))
tokenizer = Tokenizer.from_file(given["tokenizer"]); tokenizer.enable_truncation(256); tokenizer.no_padding()
options = onnxruntime.SessionOptions(); options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(given["graph"], options)
def embed(texts):
    encoded = tokenizer.encode_batch(list(texts)); rows = np.empty((len(texts), 384), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(encoded[at].ids))
    for at in range(0, len(order), 8):
        batch = order[at:at + 8]; longest = max(len(encoded[one].ids) for one in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64); mask = np.zeros_like(ids)
        for row, one in enumerate(batch):
            ids[row, :len(encoded[one].ids)] = encoded[one].ids; mask[row, :len(encoded[one].ids)] = 1
        rows[batch] = session.run(["vectors"], {"ids": ids, "mask": mask})[0]
    return rows.tolist()
documents = given["documents"]
def fits(name, source):
    kind = documents[source]["type"]
    if "*" in name: return fnmatch.fnmatchcase(kind or source, name)
    return name in (kind, source) or source.endswith("/" + name)
def score(search, seconds, chunks):
    recall, reciprocal, times = [], [], []
    for question in given["questions"]:
        started = time.perf_counter(); found = search(question["question"], 30)
        times.append(time.perf_counter() - started)
        first = list(dict.fromkeys(found))[:10]
        ranks = [next((at for at, one in enumerate(first, 1) if any(fits(n, one) for n in entry)), 99)
                 for entry in question["expect"]]
        recall.append(min(1, sum(rank <= 5 for rank in ranks) / min(5, len(ranks))))
        reciprocal.append(1 / min(ranks) if min(ranks) < 99 else 0)
    print(json.dumps({"recall": float(np.mean(recall)), "mrr": float(np.mean(reciprocal)), "seconds": seconds,
        "chunks": chunks, "p95": float(np.percentile(times, 95)) * 1000}))
started = time.perf_counter()
"""

LLAMA_INDEX = """
from llama_index.core import Document, VectorStoreIndex, Settings
from llama_index.core.embeddings import BaseEmbedding
class Own(BaseEmbedding):
    def _get_text_embedding(self, text): return embed([text])[0]
    def _get_text_embeddings(self, texts): return embed(texts)
    def _get_query_embedding(self, query): return embed([query])[0]
    async def _aget_query_embedding(self, query): return embed([query])[0]
pages = [Document(text=one["text"], metadata={"source": name}, excluded_embed_metadata_keys=["source"])
         for name, one in documents.items()]
index = VectorStoreIndex.from_documents(pages, embed_model=Own())
retriever = index.as_retriever(similarity_top_k=30)
score(lambda question, k: [hit.node.metadata["source"] for hit in retriever.retrieve(question)],
      time.perf_counter() - started, len(index.docstore.docs))
"""

LANGCHAIN = """
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter
class Own(Embeddings):
    def embed_documents(self, texts): return embed(texts)
    def embed_query(self, text): return embed([text])[0]
pages = [Document(page_content=one["text"], metadata={"source": name}) for name, one in documents.items()]
chunks = RecursiveCharacterTextSplitter().split_documents(pages)
store = InMemoryVectorStore(Own()); store.add_documents(chunks)
score(lambda question, k: [hit.metadata["source"] for hit in store.similarity_search(question, k=k)],
      time.perf_counter() - started, len(chunks))
"""

HAYSTACK = """
from haystack import Document
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.joiners import DocumentJoiner
from haystack.document_stores.in_memory import InMemoryDocumentStore
pages = [Document(content=one["text"], meta={"source": name}) for name, one in documents.items()]
splitter = DocumentSplitter(); splitter.warm_up()
chunks = splitter.run(documents=pages)["documents"]
for chunk, row in zip(chunks, embed([one.content for one in chunks])): chunk.embedding = row
store = InMemoryDocumentStore(embedding_similarity_function="cosine"); store.write_documents(chunks)
words, meaning = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
def search(question, k):
    found = [words.run(query=question, top_k=k)["documents"],
             meaning.run(query_embedding=embed([question])[0], top_k=k)["documents"]]
    return [hit.meta["source"] for hit in joiner.run(documents=found)["documents"]]
score(search, time.perf_counter() - started, len(chunks))
"""

TXTAI = """
from txtai import Embeddings
index = Embeddings(method="external", transform=lambda texts: np.array(embed(texts)), hybrid=True)
index.index([(name, one["text"], None) for name, one in documents.items()])
score(lambda question, k: [name for name, _ in index.search(question, k)],
      time.perf_counter() - started, len(documents))
"""

PEERS = (
    ("LlamaIndex", LLAMA_INDEX),
    ("LangChain", LANGCHAIN),
    ("Haystack, hybrid", HAYSTACK),
    ("txtai, hybrid", TXTAI),
)


def main(questions: Path, corpus: Path, models: Path) -> None:
    """Print recall@5, MRR, indexing time and p95 of each peer on the held-out half of the questions."""
    MiniLmEmbedder(models)
    documents = {}
    for path in sorted(corpus.rglob("*.md")):
        text = path.read_text("utf-8")
        kind = str(read_front_matter(text)[0].get("type") or "")
        name = path.relative_to(corpus.parent).as_posix()
        documents[name] = {"text": text, "type": kind if "." in kind else ""}
    asked = [one for one in read_questions(questions) if one.held_out and one.answerable]
    given = {
        "tokenizer": str(find_weights() / "tokenizer.json"),
        "graph": str(graph_file(models)),
        "documents": documents,
        "questions": [{"question": one.question, "expect": one.expect} for one in asked],
    }
    print(f"peers        {len(documents)} documents, {len(asked)} held-out questions, the same model")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "given.json"
        file.write_text(json.dumps(given))
        for name, script in PEERS:
            print(f"  {name:18s} {_run(COMMON + script, file)}", flush=True)


def _run(script: str, file: Path) -> str:
    python = os.environ.get("BENCH_PEERS_PYTHON", sys.executable)
    environment = {**os.environ, "DO_NOT_TRACK": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    done = subprocess.run(
        [python, "-c", script, str(file)],
        env=environment,
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return f"skipped: {last[:160]}"
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return (
        f"recall@5 {found['recall']:.3f}  MRR {found['mrr']:.3f}  {found['chunks']} chunks in "
        f"{found['seconds']:.1f} s  p95 {found['p95']:.1f} ms"
    )
