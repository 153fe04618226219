import pytest

from engine.errors import TaskFailure
from engine.plugins.jdbc.postgresql._address import libpq_options


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("jdbc:postgresql://db:5433/shop", {"host": "db", "port": "5433", "dbname": "shop"}),
        ("jdbc:postgresql://db/shop", {"host": "db", "port": "5432", "dbname": "shop"}),
        ("jdbc:postgresql://db:5433/", {"host": "db", "port": "5433"}),
        ("jdbc:postgresql:shop", {"host": "localhost", "dbname": "shop"}),
        ("jdbc:postgresql:/", {"host": "localhost"}),
        ("jdbc:postgresql://[::1]:5433/s", {"host": "::1", "port": "5433", "dbname": "s"}),
        ("jdbc:postgresql://a:1,b/s", {"host": "a,b", "port": "1,5432", "dbname": "s"}),
        ("jdbc:postgresql://db/a%20b", {"host": "db", "port": "5432", "dbname": "a b"}),
    ],
)
def test_places(url, options):
    assert libpq_options(url) == options


@pytest.mark.parametrize(
    ("query", "option"),
    [
        ("user=me&password=p%26w", {"user": "me", "password": "p&w"}),
        ("sslmode=require", {"sslmode": "require"}),
        ("ssl=true", {"sslmode": "verify-full"}),
        ("sslmode=require&ssl=true", {"sslmode": "require"}),
        ("currentSchema=a,b", {"options": "-c search_path=a,b"}),
        ("ApplicationName=x", {"application_name": "x"}),
        ("connectTimeout=5", {"connect_timeout": "5"}),
        ("targetServerType=secondary", {"target_session_attrs": "standby"}),
        ("reWriteBatchedInserts=true", {}),
    ],
)
def test_parameters(query, option):
    options = libpq_options(f"jdbc:postgresql://db/s?{query}")
    assert {
        name: value for name, value in options.items() if name not in ("host", "port", "dbname")
    } == option


@pytest.mark.parametrize("url", ["jdbc:mysql://db/s", "postgresql://db/s", "", "jdbc:postgresql://db:port/s"])
def test_other_addresses_are_refused_without_their_parameters(url):
    with pytest.raises(TaskFailure, match="url:") as caught:
        libpq_options(f"{url}?password=hidden")
    assert "hidden" not in caught.value.message
