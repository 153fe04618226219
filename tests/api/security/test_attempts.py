"""Counting wrong passwords."""

from __future__ import annotations

import pytest

from api.security.attempts import MOST_KEYS, Attempts, network_of


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_window_of_failures() -> None:
    seconds = Seconds()
    attempts = Attempts(3, 60, seconds)
    for _ in range(3):
        assert attempts.wait("a") == 0
        attempts.begin("a")
        seconds.now += 10
    assert attempts.wait("a") == 30
    assert attempts.wait("b") == 0
    seconds.now += 29.5
    assert attempts.wait("a") == 1
    seconds.now += 0.5
    assert attempts.wait("a") == 0


def test_success_forgets_and_taking_back_forgets_one() -> None:
    attempts = Attempts(2, 60, Seconds())
    for _ in range(2):
        attempts.begin("a")
    attempts.took_back("a")
    assert attempts.wait("a") == 0
    attempts.begin("a")
    assert attempts.wait("a") > 0
    attempts.succeeded("a")
    assert attempts.wait("a") == 0
    attempts.took_back("a")


def test_memory_is_bounded() -> None:
    attempts = Attempts(1, 60, Seconds())
    for number in range(MOST_KEYS + 10):
        attempts.begin(str(number))
    assert sum(attempts.wait(str(number)) > 0 for number in range(MOST_KEYS + 10)) == MOST_KEYS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network
