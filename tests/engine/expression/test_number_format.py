from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import ExpressionError
from engine.expression.decimal_format import decimal_format
from engine.model.json import Json


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        (2.5, "#.00", "2.50"),
        (0.5, "#.00", ".50"),
        (0, "#", "0"),
        (0, "#.##", "0"),
        (1234567, "#,##0", "1,234,567"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (12, "0000", "0012"),
        (0.125, "0.00", "0.12"),
        (0.135, "0.00", "0.14"),
        (2.675, "0.00", "2.67"),
        (2.5, "0", "2"),
        (3.5, "0", "4"),
        (0.256, "0.0%", "25.6%"),
        (0.256, "0‰", "256‰"),
        (5, "'#'0", "#5"),
        (5, "0 'kg'", "5 kg"),
        (-5, "0;(0)", "(5)"),
        (5, "$0.00", "$5.00"),
        (12345, "0.###E0", "1.234E4"),
        (12345, "##0.##E0", "12.3E3"),
        (0.00012, "0.0E0", "1.2E-4"),
        (Decimal("1.005"), "0.00", "1.00"),
        (123456789012, "#,####", "1234,5678,9012"),
        (float("inf"), "0", "∞"),
        (float("nan"), "0", "NaN"),
    ],
)
def test_a_number_is_written_by_its_pattern(value: Json, pattern: str, text: str) -> None:
    assert decimal_format(value, pattern) == text


@pytest.mark.parametrize("pattern", ["", "abc", "0.0.0", "0#", "0E", "#0#.0", "0" * 300])
def test_a_wrong_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(ExpressionError, match="number pattern"):
        decimal_format(1, pattern)
