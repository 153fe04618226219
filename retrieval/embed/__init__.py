"""Embedders: texts become vectors of unit length."""
