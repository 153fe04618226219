"""The text of a flow: YAML read once into plain values, every value known by its place."""

from engine.source.document import Document, Place, Span, read_document
from engine.source.split import Part, split_documents

__all__ = ["Document", "Part", "Place", "Span", "read_document", "split_documents"]
