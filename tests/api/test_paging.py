import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.paging import Condition, Search, read_search


def search(query: str) -> Search:
    return read_search(
        Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()})
    )


def test_page_size_and_sort() -> None:
    found = search("page=3&size=25&sort=state.startDate:desc&sort=id,asc")
    assert (found.offset, found.size) == (50, 25)
    assert found.sort == (("state.startDate", True), ("id", False))


def test_structured_filters_encoded_and_raw() -> None:
    found = search("filters[state][IN]=FAILED,KILLED&filters%5Blabels%5D%5BEQUALS%5D%5Bteam%5D=data")
    assert found.conditions == (
        Condition("state", "IN", "FAILED,KILLED"),
        Condition("labels", "EQUALS", "data", "team"),
    )
    assert found.labels == {"team": "data"}


def test_flat_parameters_mean_the_same() -> None:
    found = search("namespace=company&flowId=a&state=RUNNING&state=PAUSED&labels=k:v:w")
    assert found.take("namespace", "PREFIX") == "company"
    assert found.take("state", "IN") == "RUNNING,PAUSED"
    assert found.labels == {"k": "v:w"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 400),
        ("page=x", 400),
        ("size=5000", 422),
        ("sort=a:b:c", 422),
        ("sort=a b", 422),
        ("labels=novalue", 422),
        ("filters[nope][EQUALS]=1", 400),
        ("filters[state][LIKE]=1", 400),
        ("filters[state=1", 400),
        ("filters[id][REGEX]=(", 400),
    ],
)
def test_what_cannot_be_understood_is_refused(query: str, status: int) -> None:
    with pytest.raises(HTTPException) as caught:
        search(query)
    assert caught.value.status_code == status


def test_a_range_and_a_start_do_not_go_together() -> None:
    found = search("timeRange=PT1H&startDate=2026-01-01T00:00:00Z")
    with pytest.raises(HTTPException):
        _ = found.since


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("EQUALS", "abc", True), ("NOT_EQUALS", "abc", False), ("IN", "x,abc", True), ("NOT_IN", "x,abc", False),
        ("STARTS_WITH", "ab", True), ("ENDS_WITH", "bc", True), ("CONTAINS", "B", True), ("NOT_CONTAINS", "z", True),
        ("REGEX", "^a.c$", True), ("PREFIX", "ab", False), ("IS_NULL", "", False), ("IS_NOT_NULL", "", True),
    ],
)  # fmt: skip
def test_operators(operator: str, value: str, holds: bool) -> None:
    assert Condition("id", operator, value).holds("abc") is holds
