"""Typed inputs: what was given becomes what templates see, or every problem is named."""

from engine.executor.inputs.resolve import InputCheck, check_each, resolve
from engine.executor.inputs.secret import decrypt, seal
from engine.executor.inputs.upload import Upload
from engine.executor.inputs.value import coerce_output

__all__ = ["InputCheck", "Upload", "check_each", "coerce_output", "decrypt", "resolve", "seal"]
