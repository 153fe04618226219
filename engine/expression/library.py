"""All filters, functions and tests by name."""

from __future__ import annotations

from typing import Final

from engine.expression.entry import Entry, entries
from engine.expression.filters import collection as collection_filters
from engine.expression.filters import data as data_filters
from engine.expression.filters import date as date_filters
from engine.expression.filters import digest as digest_filters
from engine.expression.filters import number as number_filters
from engine.expression.filters import text as text_filters
from engine.expression.functions import collection as collection_functions
from engine.expression.functions import data as data_functions
from engine.expression.functions import date as date_functions
from engine.expression.functions import execution as execution_functions
from engine.expression.functions import file as file_functions
from engine.expression.functions import random as random_functions
from engine.expression.functions import secret as secret_functions
from engine.expression.functions import template as template_functions
from engine.expression.predicate import TESTS as PREDICATES

FILTERS: Final[dict[str, Entry]] = entries(
    "filter",
    {
        **text_filters.FILTERS,
        **number_filters.FILTERS,
        **collection_filters.FILTERS,
        **data_filters.FILTERS,
        **date_filters.FILTERS,
        **digest_filters.FILTERS,
    },
)
FUNCTIONS: Final[dict[str, Entry]] = entries(
    "function",
    {
        **collection_functions.FUNCTIONS,
        **data_functions.FUNCTIONS,
        **date_functions.FUNCTIONS,
        **execution_functions.FUNCTIONS,
        **file_functions.FUNCTIONS,
        **random_functions.FUNCTIONS,
        **secret_functions.FUNCTIONS,
        **template_functions.FUNCTIONS,
    },
)
TESTS: Final[dict[str, Entry]] = entries("test", PREDICATES)
