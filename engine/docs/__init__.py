"""Documentation generated from plugin classes: pages, JSON schemas and catalogue cards."""

from engine.docs.card import Card, cards
from engine.docs.corpus import write_pages
from engine.docs.page import page
from engine.docs.schema import flow_schema, schema

__all__ = ["Card", "cards", "flow_schema", "page", "schema", "write_pages"]
