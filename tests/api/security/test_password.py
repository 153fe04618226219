"""Passwords: what is refused, and hashes."""

from __future__ import annotations

import pytest

from api.security.password import Cost, hashed, problems_of, verified

CHEAP = Cost(n=1 << 10, p=1)
GOOD = "correct horse battery"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        (GOOD, None),
        ("Grüße aus Köln 東京", None),
        ("short", "12 characters"),
        ("", "12 characters"),
        ("x" * 300 + "abcde", "256 bytes"),
        ("aaaaaaaaaaaaaaaa", "different"),
        ("my ann@example.com", "name"),
        ("MY ANN@EXAMPLE.COM", "name"),
        ("two\nlines are here", "control"),
    ],
)
def test_what_is_refused(password: str, problem: str | None) -> None:
    found = problems_of(password, "ann@example.com")
    if problem is None:
        assert found == []
    else:
        assert any(problem in text for text in found)
        assert not password or all(password not in text for text in found)


def test_a_hash_fits_its_password_only() -> None:
    stored = hashed(GOOD, CHEAP)
    assert verified(GOOD, stored)
    assert not verified(GOOD + " ", stored) and not verified("", stored)
    assert GOOD not in stored


def test_equal_passwords_have_different_hashes() -> None:
    assert hashed(GOOD, CHEAP) != hashed(GOOD, CHEAP)


def test_a_hash_made_at_another_cost_still_fits() -> None:
    assert verified(GOOD, hashed(GOOD, Cost(n=1 << 11, r=4, p=2)))


def test_the_usual_cost_is_what_the_literature_asks_for() -> None:
    cost = Cost()
    assert 128 * cost.n * cost.r >= 16 << 20
    assert cost.n * cost.r * cost.p >= (1 << 14) * 8 * 5
    assert verified(GOOD, hashed(GOOD, cost))
