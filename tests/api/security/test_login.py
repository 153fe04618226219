"""From credentials to a caller: the order of checks that makes guessing useless."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

import anyio
import pytest

from api.security.accounts import Accounts
from api.security.identity import Identity
from api.security.login import FAILURES_OF_A_NAME, FAILURES_OF_AN_ADDRESS, Login, Operator, Refusal
from api.security.password import Cost
from api.security.permission import Role, Scope
from api.security.tokens import Tokens
from engine.storage.memory import MemoryStore
from tests.api.security.conftest import PASSWORD

HERE = "192.0.2.1"
THERE = "192.0.2.2"


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class World:
    """A login over a store in memory."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        kv = MemoryStore().kv
        cost = Cost(n=1 << 4, p=1)
        self.accounts = Accounts(kv, operator="op", monotonic=self.seconds, cost=cost)
        self.tokens = Tokens(kv, monotonic=self.seconds)
        self.accounts.add("ann", Role.EDITOR, PASSWORD)
        operator = Operator("op", "Admin1234!")
        self.login = Login(operator, self.accounts, self.tokens, monotonic=self.seconds)

    def ask(self, name: str, password: str, address: str = HERE) -> int | str:
        """Return the name of who it is, or the status of the refusal."""
        text = base64.b64encode(f"{name}:{password}".encode()).decode()
        return self.header(f"Basic {text}", address)

    def header(self, value: str, address: str = HERE) -> int | str:
        call: Callable[[], Awaitable[Identity | Refusal]] = lambda: self.login.identify(value, address)  # noqa: E731
        found = anyio.run(call)
        return found.problem.status if isinstance(found, Refusal) else found.name


@pytest.fixture
def world() -> World:
    return World()


def test_the_operator_and_an_account_get_in(world: World) -> None:
    assert world.ask("op", "Admin1234!") == "op"
    assert world.ask("ann", PASSWORD) == "ann"
    assert world.ask("ANN", PASSWORD) == "ann"


@pytest.mark.parametrize(
    ("name", "password"),
    [("op", "x"), ("op", ""), ("OP", "Admin1234!"), ("ann", "Admin1234!"), ("", ""), ("nobody", PASSWORD)],
)
def test_others_do_not(world: World, name: str, password: str) -> None:
    assert world.ask(name, password) == 401


def test_a_password_with_a_colon_is_a_password(world: World) -> None:
    world.accounts.add("bob", Role.VIEWER, "a:b:c:d:e:f:g:h")
    assert world.ask("bob", "a:b:c:d:e:f:g:h") == "bob"


def test_the_right_password_gets_in_from_elsewhere_while_somebody_guesses(world: World) -> None:
    for number in range(FAILURES_OF_A_NAME):
        assert world.ask("ann", f"guess {number}") == 401
    assert world.ask("ann", "guess") == 429
    assert world.ask("ann", PASSWORD, THERE) == "ann"


def test_the_right_guess_is_no_way_around_the_limit(world: World) -> None:
    assert world.ask("ann", PASSWORD, THERE) == "ann"
    for number in range(FAILURES_OF_A_NAME):
        world.ask("ann", f"guess {number}")
    assert world.ask("ann", PASSWORD) == 429
    assert world.ask("op", "Admin1234!") == "op"
    world.seconds.now += 301
    assert world.ask("ann", PASSWORD) == "ann"


def test_many_names_from_one_address_are_slowed_down_too(world: World) -> None:
    assert world.ask("ann", PASSWORD) == "ann"
    answers = [world.ask(f"name{number}", "x") for number in range(FAILURES_OF_AN_ADDRESS + 5)]
    assert answers == [401] * FAILURES_OF_AN_ADDRESS + [429] * 5
    assert world.ask("ann", PASSWORD) == "ann"
    for number in range(FAILURES_OF_A_NAME):
        assert world.ask("ann", f"guess {number}") == 429
    assert world.ask("ann", PASSWORD) == 429


def test_a_right_password_takes_nothing_of_the_limit(world: World) -> None:
    for _ in range(3 * FAILURES_OF_AN_ADDRESS):
        assert world.ask("ann", PASSWORD) == "ann"
        world.seconds.now += 0.1


def test_a_remembered_password_ends_with_the_password(world: World) -> None:
    assert world.ask("ann", PASSWORD) == "ann"
    world.accounts.set_password("ann", "another " + PASSWORD)
    assert world.ask("ann", PASSWORD) == 401
    assert world.ask("ann", "another " + PASSWORD) == "ann"
    world.accounts.remove("ann")
    assert world.ask("ann", "another " + PASSWORD) == 401


def test_a_token_is_its_owners(world: World) -> None:
    _, text = world.tokens.create("ann", "ci", [Scope.READ])
    assert world.header(f"Bearer {text}") == "ann"
    assert world.header(f"bearer  {text}") == "ann"
    world.accounts.remove("ann")
    assert world.header(f"Bearer {text}") == 401
    for _ in range(2 * FAILURES_OF_AN_ADDRESS):
        assert world.header("Bearer flowsmith_wrong") == 401
