"""The BigQuery emulator does what the service does, or says that it cannot."""

from __future__ import annotations

import pytest

from tests.emulators.bigquery_sql import Refused, translate
from tests.emulators.google import PROJECT, Google


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("MERGE INTO d.t USING d.s ON t.a = s.a WHEN NOT MATCHED THEN INSERT ROW", "no INSERT ROW"),
        ("SELECT ARRAY_AGG(x LIMIT 1) FROM d.t", "no ARRAY_AGG with LIMIT"),
        ("SELECT FARM_FINGERPRINT('a')", "no FARM_FINGERPRINT"),
        ("DECLARE x INT64 DEFAULT 1", "cannot run"),
        ("BEGIN SELECT 1; END", "cannot run"),
        ("SELECT * FROM d.INFORMATION_SCHEMA.TABLES", "no .*INFORMATION_SCHEMA"),
        ("SELECT CAST(1 AS BIGNUMERIC)", "no BIGNUMERIC"),
        ("SELECT MADE_UP(1)", "Function not found: MADE_UP"),
        ("SELECT * FROM t", "must be qualified with a dataset"),
        ("SELECT @x", "no query parameters"),
        ("CREATE FUNCTION d.f(x INT64) AS (x + 1)", "cannot CREATE FUNCTION"),
        ("CREATE EXTERNAL TABLE d.t OPTIONS (format='CSV', uris=['gs://a/b'], hive_x=1)", "option hive_x"),
        ("SELECT (", "Syntax error"),
        ("", "Syntax error"),
    ],
)
def test_what_it_cannot_do_is_refused(sql: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        translate(sql, PROJECT, None)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        (
            "SELECT TO_HEX(MD5(CONCAT(COALESCE(CAST(1 AS STRING), ''), 'x')))",
            "38684612f0c6bb6dfa16da92f4a6878f",
        ),
        ("SELECT DATE_TRUNC(DATE '2024-02-03', MONTH)", "2024-02-01"),
        ("SELECT COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x", "2"),
        ("SELECT SAFE_DIVIDE(1, 0)", "None"),
        ("SELECT FORMAT_DATE('%Y-%m', DATE '2024-02-03')", "2024-02"),
        ("SELECT CAST(1.123456789 AS NUMERIC)", "1.123456789"),
        ("WITH t AS (SELECT 1 AS a, 2 AS b) SELECT * EXCEPT (a) FROM t", "2"),
        ("SELECT x FROM UNNEST([3, 1]) AS x QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1", "1"),
        ("SELECT TIMESTAMP_DIFF(TIMESTAMP '2024-01-02', TIMESTAMP '2024-01-01', HOUR)", "24"),
        ("SELECT PARSE_DATE('%d.%m.%Y', '03.02.2024')", "2024-02-03"),
    ],
)
def test_what_it_can_do_is_right(google: Google, sql: str, value: str) -> None:
    [statement] = translate(sql, PROJECT, None)
    [[found]] = google.bigquery.rows(statement.sql)
    assert str(found) == value
